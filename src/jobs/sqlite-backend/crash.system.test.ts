import { join } from 'node:path'
import { Queue, Worker } from 'bullmq'
import { expect, it } from 'vitest'
import { createSqliteBackend } from './create-sqlite-backend.ts'
import { OtherProcess } from './other-process.ts'
import { Random } from './testing/random.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

it('loses no acknowledged job when processes are killed at work', { timeout: 30_000 }, async () => {
  const path = join(temporaryFolder(), 'queue.db')
  const random = new Random(7)
  const acknowledged: string[] = []
  for (let kill = 1; kill <= 4; kill++) {
    const victim = await OtherProcess.start(path, 'crash')
    victim.onMessage((message) => {
      if (message.kind === 'added') acknowledged.push(message.id)
    })
    const enough = victim.next('added', random.between(20, 60))
    victim.tell({ kind: 'addAndWork', jobMs: 15 })
    await enough
    await victim.kill()
  }

  const backend = createSqliteBackend({ path })
  const queue = new Queue('crash', { connection: {} }, backend)
  expect(await queue.getActiveCount()).toBeGreaterThan(0)
  const settings = { concurrency: 20, lockDuration: 300, stalledInterval: 100, maxStalledCount: 9 }
  const rescuer = new Worker(
    'crash',
    async () => 'rescued',
    { connection: {}, ...settings },
    backend,
  )
  const left = async () => (await queue.count()) + (await queue.getActiveCount())
  await expect.poll(left, { timeout: 10_000 }).toBe(0)

  const states = await Promise.all(acknowledged.map((id) => queue.getJobState(id)))
  expect(acknowledged.length).toBeGreaterThanOrEqual(80)
  expect(new Set(acknowledged).size).toBe(acknowledged.length)
  expect(states.filter((state) => state !== 'completed')).toEqual([])
  await rescuer.close()
  await queue.close()
})
