import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStores } from '../testing/store-contract.ts'
import { openSqliteStore } from './open-sqlite-store.ts'

describeStores('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-store-'))
  const store = openSqliteStore({ path: join(folder, 'store.db') })
  const close = async () => {
    await store.close()
    await rm(folder, { recursive: true })
  }
  return { store, close }
})
