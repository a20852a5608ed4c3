import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSqliteBackend } from './create-sqlite-backend.ts'
import { describeQueueBackend } from './queue-contract.ts'

describeQueueBackend('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'queue-contract-'))
  return {
    factory: createSqliteBackend({ path: join(folder, 'queue.db') }),
    connection: {},
    close: async () => rmSync(folder, { recursive: true }),
  }
})
