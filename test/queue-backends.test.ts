import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRedisBackend } from 'bullmq'
import { describe, expect, inject, it } from 'vitest'
import { createSqliteBackend } from '../src/jobs/sqlite-backend/index.ts'
import { describeQueueBackend } from '../src/jobs/sqlite-backend/queue-contract.ts'
import { compareBackends } from '../src/jobs/sqlite-backend/queue-differential.ts'

const redis = () => ({
  factory: createRedisBackend,
  connection: { url: inject('redisUrl'), maxRetriesPerRequest: null },
  close: async () => {},
})

function sqlite() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-differential-'))
  return {
    factory: createSqliteBackend({ path: join(folder, 'queue.db') }),
    connection: {},
    close: async () => rmSync(folder, { recursive: true }),
  }
}

// The expectations that the SQLite backend is held to are those of BullMQ on Redis.
describeQueueBackend('Redis', async () => redis())

describe('SQLite and Redis', () => {
  it.each([11, 12, 13, 14])('do not differ over random operations, seed %i', async (seed) => {
    const options = { seed, operations: 150, compareEvery: 10 }
    expect(await compareBackends(sqlite(), redis(), options)).toBeUndefined()
  })
})
