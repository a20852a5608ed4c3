import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'
import { describeStoreProcesses } from '../testing/store-processes-contract.ts'
import { inTemporaryFolder } from '../testing/temporary-folder.ts'
import { openSqliteStore } from './open-sqlite-store.ts'

const storeModule = new URL('./open-sqlite-store.ts', import.meta.url).href

describeStoreProcesses('SQLite', {
  source: `
    import { openSqliteStore } from ${JSON.stringify(storeModule)}
    const open = async (path) => openSqliteStore({ path })
  `,
  open: async (path) => openSqliteStore({ path }),
  inPlace: (work) => inTemporaryFolder((folder) => work(join(folder, 'store.db'))),
  async check(path) {
    const database = new DatabaseSync(path)
    const row = database.prepare('PRAGMA integrity_check').get()
    database.close()
    expect(row?.integrity_check).toBe('ok')
  },
})
