import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { Checkpointer } from './checkpointer.ts'
import { openDatabase } from './open-database.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const busyTimeoutMs = 1_000

it('folds the log into the database beside those who write', async () => {
  const path = join(temporaryFolder(), 'queue.db')
  const database = openDatabase(path, { synchronous: 'normal', busyTimeoutMs, now: 0 })
  onTestFinished(() => database.close())
  const checkpointer = new Checkpointer({
    path,
    busyTimeoutMs,
    finishHere: () => database.restartLog(),
  })
  onTestFinished(() => checkpointer.close())
  const sizeBefore = statSync(path).size
  for (let n = 0; n < 256; n++) {
    database.run('INSERT INTO bullmq_queue (name) VALUES (?)', `queue-${n}-${'x'.repeat(200)}`)
    checkpointer.noteCommit()
  }
  await expect.poll(() => statSync(path).size).toBeGreaterThan(sizeBefore + 50_000)
})

it('does it on the spot when it can have no thread', async () => {
  const path = join(temporaryFolder(), 'no-such-folder', 'queue.db')
  let finished = 0
  const checkpointer = new Checkpointer({
    path,
    busyTimeoutMs,
    finishHere: () => {
      finished += 1
    },
  })
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  for (let n = 0; n < 256; n++) checkpointer.noteCommit()
  expect(await warned).toMatchObject({ code: 'SQLITE_BACKEND_CHECKPOINT' })
  for (let n = 0; n < 256; n++) checkpointer.noteCommit()
  expect(finished).toBe(1)
  await checkpointer.close()
})
