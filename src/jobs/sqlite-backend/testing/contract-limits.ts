import { Worker } from 'bullmq'
import { describe, expect, it } from 'vitest'
import { finished, nextEvent, type Stage, take } from './stage.ts'

/** Rate limits, global concurrency and pausing. */
export function describeLimits(stage: () => Stage): void {
  const jobs = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ name: 'job', data: n }))

  describe('limits', () => {
    it('takes no more jobs per window than allowed', async () => {
      const queue = stage().queue()
      await queue.addBulk(jobs(5))
      const startedAt: number[] = []
      const worker = stage().worker(async () => startedAt.push(Date.now()), {
        concurrency: 5,
        limiter: { max: 2, duration: 100 },
      })
      await finished(worker, 5)
      const waited = (startedAt[4] ?? 0) - (startedAt[0] ?? 0)
      expect(waited).toBeGreaterThanOrEqual(190)
      expect((startedAt[1] ?? 0) - (startedAt[0] ?? 0)).toBeLessThan(100)
    })

    it('slows all workers down when one is told to', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      let tries = 0
      const worker = stage().worker(
        async () => {
          tries += 1
          if (tries > 1) return 'done'
          await queue.rateLimit(60)
          throw Worker.RateLimitError()
        },
        { limiter: { max: 100, duration: 1_000 } },
      )
      await worker.waitUntilReady()
      const job = await queue.add('limited', {}, { attempts: 1 })
      expect(await job.waitUntilFinished(events)).toBe('done')
      const stored = await queue.getJob(job.id ?? '')
      expect(stored).toMatchObject({ attemptsMade: 1, attemptsStarted: 2 })
      expect((stored?.processedOn ?? 0) - job.timestamp).toBeGreaterThanOrEqual(55)
    })

    it('tells how long a limit lasts, and forgets it when asked to', async () => {
      const queue = stage().queue()
      expect(await queue.getRateLimitTtl()).toBe(-2)
      await queue.rateLimit(5_000)
      expect(await queue.getRateLimitTtl()).toBeGreaterThan(4_000)
      await queue.add('job', {})
      const limited = stage().manualWorker({ limiter: { max: 1, duration: 1_000 } })
      expect(await limited.take('a')).toBeUndefined()
      expect(await queue.removeRateLimitKey()).toBe(1)
      expect((await take(limited, 'b')).name).toBe('job')
    })

    it('keeps to the global rate limit', async () => {
      const queue = stage().queue()
      await queue.setGlobalRateLimit(1, 60_000)
      expect(await queue.getGlobalRateLimit()).toEqual({ max: 1, duration: 60_000 })
      await queue.addBulk(jobs(2))
      const worker = stage().manualWorker()
      await take(worker, 'a')
      expect(await worker.take('b')).toBeUndefined()
      expect(await queue.getRateLimitTtl()).toBeGreaterThan(50_000)
      await queue.removeGlobalRateLimit()
      expect((await take(worker, 'c')).data).toBe(1)
    })

    it('keeps to the global concurrency', async () => {
      const queue = stage().queue()
      await queue.setGlobalConcurrency(1)
      await queue.addBulk(jobs(2))
      const worker = stage().manualWorker()
      const first = await take(worker, 'a')
      expect(await queue.isMaxed()).toBe(true)
      expect(await worker.take('b')).toBeUndefined()
      await first.moveToCompleted('done', 'a', false)
      expect((await take(worker, 'c')).data).toBe(1)
      await queue.removeGlobalConcurrency()
      expect(await queue.getGlobalConcurrency()).toBeNull()
    })

    it('runs as many jobs at once as the worker may', async () => {
      const queue = stage().queue()
      await queue.addBulk(jobs(6))
      let running = 0
      let most = 0
      const full = Promise.withResolvers<void>()
      const worker = stage().worker(
        async () => {
          running += 1
          most = Math.max(most, running)
          if (running === 3) full.resolve()
          await full.promise
          running -= 1
        },
        { concurrency: 3 },
      )
      await finished(worker, 6)
      expect(most).toBe(3)
    })

    it('hands out nothing while the queue is paused', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const paused = nextEvent(events, 'paused')
      await queue.pause()
      await paused
      expect(await queue.isPaused()).toBe(true)
      const worker = stage().worker(async () => 'done')
      const job = await queue.add('patient', {})
      await worker.waitUntilReady()
      expect(await stage().manualWorker().take('a')).toBeUndefined()
      expect(await job.getState()).toBe('waiting')
      const resumed = nextEvent(events, 'resumed')
      await queue.resume()
      await resumed
      expect(await job.waitUntilFinished(events)).toBe('done')
    })
  })
}
