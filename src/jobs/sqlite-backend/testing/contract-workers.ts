import { describe, expect, it } from 'vitest'
import { finished, type Stage } from './stage.ts'

/** Waking, closing and many workers on one queue. */
export function describeWorkers(stage: () => Stage): void {
  describe('workers', () => {
    it('are woken by a job that comes while they wait', async () => {
      const queue = stage().queue()
      const startedAt = Promise.withResolvers<number>()
      const worker = stage().worker(async () => startedAt.resolve(performance.now()), {
        drainDelay: 60,
      })
      await worker.waitUntilReady()
      await new Promise((resolve) => setImmediate(resolve))
      const addedAt = performance.now()
      await queue.add('job', {})
      expect((await startedAt.promise) - addedAt).toBeLessThan(500)
    })

    it('share the jobs and run none twice', async () => {
      const queue = stage().queue()
      const seen: string[] = []
      const workers = [1, 2, 3].map(() =>
        stage().worker(
          async (job) => {
            await new Promise((resolve) => setImmediate(resolve))
            seen.push(job.id ?? '')
          },
          { concurrency: 2 },
        ),
      )
      const all = new Promise<void>((resolve) => {
        for (const worker of workers) {
          worker.on('completed', () => {
            if (seen.length === 60) resolve()
          })
        }
      })
      await queue.addBulk(Array.from({ length: 60 }, (_, n) => ({ name: 'job', data: n })))
      await all
      expect(new Set(seen).size).toBe(60)
    })

    it('close at once when they only wait', async () => {
      stage().queue()
      const worker = stage().worker(async () => {}, { drainDelay: 60 })
      await worker.waitUntilReady()
      const before = performance.now()
      await worker.close()
      expect(performance.now() - before).toBeLessThan(1_000)
    })

    it('finish what they are at before they close', async () => {
      const queue = stage().queue()
      const running = Promise.withResolvers<void>()
      const mayEnd = Promise.withResolvers<void>()
      const worker = stage().worker(async () => {
        running.resolve()
        await mayEnd.promise
        return 'done'
      })
      const job = await queue.add('job', {})
      await running.promise
      const closing = worker.close()
      mayEnd.resolve()
      await closing
      expect(await job.getState()).toBe('completed')
    })

    it('pause and resume by themselves', async () => {
      const queue = stage().queue()
      const worker = stage().worker(async () => 'done')
      await worker.waitUntilReady()
      await worker.pause()
      const job = await queue.add('job', {})
      expect(worker.isPaused()).toBe(true)
      expect(await job.getState()).toBe('waiting')
      const done = finished(worker, 1)
      await worker.resume()
      await done
    })

    it('keep a long job by prolonging its lock', async () => {
      const queue = stage().queue()
      const renewed = Promise.withResolvers<string[]>()
      const worker = stage().worker(
        async () => {
          await renewed.promise
          return 'done'
        },
        { lockDuration: 60, stalledInterval: 30 },
      )
      worker.on('locksRenewed', ({ jobIds }) => renewed.resolve(jobIds))
      const done = finished(worker, 1)
      const job = await queue.add('long', {})
      expect(await renewed.promise).toEqual([job.id])
      await done
      expect(await queue.getJob(job.id ?? '')).toMatchObject({
        attemptsStarted: 1,
        stalledCounter: 0,
      })
    })

    it('stamp the jobs they take with their name', async () => {
      const queue = stage().queue()
      const worker = stage().worker(async () => 'done', { name: 'night-shift' })
      const done = finished(worker, 1)
      const job = await queue.add('job', {})
      await done
      expect((await queue.getJob(job.id ?? ''))?.processedBy).toBe('night-shift')
    })
  })
}
