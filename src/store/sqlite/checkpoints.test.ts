import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { inTemporaryFolder } from '../../testing/temporary-folder.ts'
import { openSqliteStore } from '../open-sqlite-store.ts'
import { longLogPages } from './checkpoints.ts'

const page = 4_096

it('a thread folds the log back while the store is written to', () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, 'store.db')
    const store = openSqliteStore({ path })
    const input = 'x'.repeat(3_000)
    for (let index = 0; index < 400; index++) {
      await store.answers.create({ id: `a${index}`, pipeline: 'p', input, createdAtMs: 1 })
    }
    // The file itself grows by checkpoints alone, and the log is not yet so long that a commit does one.
    expect(statSync(`${path}-wal`).size).toBeLessThan(longLogPages * page)
    await expect.poll(() => statSync(path).size, { timeout: 15_000 }).toBeGreaterThan(100 * page)
    await store.close()
  }))

it('a store that is written to little closes without one', () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, 'store.db')
    const store = openSqliteStore({ path })
    await store.answers.create({ id: 'a', pipeline: 'p', input: 1, createdAtMs: 1 })
    await store.close()
    expect(statSync(path).size).toBeGreaterThan(0)
    expect(statSync(`${path}-wal`, { throwIfNoEntry: false })).toBeUndefined()
  }))
