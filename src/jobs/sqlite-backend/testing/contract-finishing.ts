import { DelayedError, UnrecoverableError } from 'bullmq'
import { describe, expect, it } from 'vitest'
import { finished, idsOf, nextEvent, refusalOf, type Stage, take, timePasses } from './stage.ts'

/** Finishing, retrying and keeping jobs. */
export function describeFinishing(stage: () => Stage): void {
  describe('retrying', () => {
    it('retries with backoff until the attempts are used up', async () => {
      const queue = stage().queue()
      const startedAt: number[] = []
      const worker = stage().worker(async () => {
        startedAt.push(Date.now())
        throw new Error('provider is down')
      })
      const done = finished(worker, 1)
      const job = await queue.add('flaky', {}, { attempts: 3, backoff: 40 })
      await done
      expect(startedAt).toHaveLength(3)
      expect((startedAt[1] ?? 0) - (startedAt[0] ?? 0)).toBeGreaterThanOrEqual(39)
      const stored = await queue.getJob(job.id ?? '')
      expect(stored).toMatchObject({ attemptsMade: 3, failedReason: 'provider is down' })
      expect(stored?.stacktrace).toHaveLength(3)
      expect(await job.getState()).toBe('failed')
    })

    it('retries at once without backoff, behind those that wait', async () => {
      const queue = stage().queue()
      await queue.add('flaky', {}, { attempts: 2 })
      await queue.add('other', {})
      const worker = stage().manualWorker()
      const job = await take(worker, 'a')
      await job.moveToFailed(new Error('once'), 'a')
      expect(await job.getState()).toBe('waiting')
      expect((await take(worker, 'b')).name).toBe('other')
      expect((await take(worker, 'c')).attemptsMade).toBe(1)
    })

    it('does not retry an unrecoverable failure', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      stage().worker(async () => {
        throw new UnrecoverableError('bad request')
      })
      const job = await queue.add('hopeless', {}, { attempts: 5 })
      await expect(job.waitUntilFinished(events)).rejects.toThrow('bad request')
      expect((await queue.getJob(job.id ?? ''))?.attemptsMade).toBe(1)
    })

    it('announces that the retries are exhausted', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const exhausted = nextEvent<[{ jobId: string; attemptsMade: string }]>(
        events,
        'retries-exhausted',
      )
      stage().worker(async () => {
        throw new Error('no')
      })
      const job = await queue.add('flaky', {}, { attempts: 2 })
      expect((await exhausted)[0]).toMatchObject({ jobId: job.id, attemptsMade: '2' })
    })

    it('lets a processor postpone its job without using an attempt', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      stage().worker(async (job, token) => {
        if (job.attemptsStarted > 1) return 'done'
        await job.moveToDelayed(Date.now() + 30, token)
        throw new DelayedError()
      })
      const job = await queue.add('patient', {})
      expect(await job.waitUntilFinished(events)).toBe('done')
      expect(await queue.getJob(job.id ?? '')).toMatchObject({
        attemptsStarted: 2,
        attemptsMade: 1,
      })
    })

    it('runs a failed job again when asked to', async () => {
      const queue = stage().queue()
      const worker = stage().manualWorker()
      await queue.add('again', {})
      const job = await take(worker, 'a')
      await job.moveToFailed(new Error('no'), 'a')
      await job.retry('failed', { resetAttemptsMade: true })
      const retried = await take(worker, 'b')
      expect(retried).toMatchObject({ id: job.id, attemptsMade: 0, attemptsStarted: 2 })
      expect(retried.finishedOn).toBeUndefined()
      expect(retried.failedReason).toBeUndefined()
      expect(await refusalOf(job.retry('failed'))).toBe(-3)
    })

    it('runs all failed jobs again, or all completed ones', async () => {
      const queue = stage().queue()
      const worker = stage().manualWorker()
      await queue.addBulk(['a', 'b', 'c'].map((name) => ({ name, data: {} })))
      for (const token of ['a', 'b']) {
        await (await take(worker, token)).moveToFailed(new Error('no'), token)
      }
      await (await take(worker, 'c')).moveToCompleted('yes', 'c', false)
      await queue.retryJobs({ count: 1 })
      expect(await queue.getJobCounts('failed', 'waiting')).toEqual({ failed: 0, waiting: 2 })
      await queue.retryJobs({ state: 'completed' })
      expect(await idsOf(queue, 'waiting')).toEqual(['1', '2', '3'])
    })
  })

  describe('finishing', () => {
    it('takes the next job along with finishing one', async () => {
      const queue = stage().queue()
      const worker = stage().manualWorker()
      await queue.addBulk(['a', 'b'].map((name) => ({ name, data: {} })))
      const first = await take(worker, 'token')
      const brought = await first.moveToCompleted('done', 'token', true)
      const second = await worker.takeAlong(brought, 'token')
      expect(second?.name).toBe('b')
      expect(await queue.getJobCounts('active', 'completed')).toEqual({ active: 1, completed: 1 })
    })

    it('says that the queue is drained after the last job', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const drained = nextEvent(events, 'drained')
      stage().worker(async () => 'done')
      await queue.add('only', {})
      await drained
      expect(await queue.getJobCounts('waiting', 'active')).toEqual({ waiting: 0, active: 0 })
    })

    it('removes a completed job at once when told so', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      stage().worker(async () => 'done')
      const job = await queue.add('fleeting', {}, { removeOnComplete: true })
      expect(await job.waitUntilFinished(events)).toBe('done')
      expect(await queue.getJob(job.id ?? '')).toBeUndefined()
      expect(await queue.getCompletedCount()).toBe(0)
    })

    it('keeps only so many failed jobs, the newest', async () => {
      const queue = stage().queue({ defaultJobOptions: { removeOnFail: 2 } })
      const worker = stage().manualWorker()
      for (const token of ['1', '2', '3', '4']) {
        await queue.add('job', {})
        await (await take(worker, token)).moveToFailed(new Error('no'), token)
        await timePasses(2)
      }
      expect(await idsOf(queue, 'failed')).toEqual(['3', '4'])
    })

    it('keeps completed jobs by age', async () => {
      const queue = stage().queue()
      const worker = stage().manualWorker({ removeOnComplete: { age: 0.03, count: 10 } })
      for (const token of ['1', '2']) {
        await queue.add('job', {})
        await (await take(worker, token)).moveToCompleted('done', token, false)
      }
      await timePasses(50)
      await queue.add('job', {})
      await (await take(worker, '3')).moveToCompleted('done', '3', false)
      expect(await idsOf(queue, 'completed')).toEqual(['3'])
    })

    it('counts finished jobs for the metrics', async () => {
      const queue = stage().queue()
      const worker = stage().worker(
        async (job) => {
          if (job.data.fails) throw new Error('no')
        },
        { metrics: { maxDataPoints: 10 } },
      )
      const done = finished(worker, 3)
      await queue.addBulk([false, false, true].map((fails) => ({ name: 'job', data: { fails } })))
      await done
      expect((await queue.getMetrics('completed')).meta.count).toBe(2)
      expect((await queue.getMetrics('failed')).meta.count).toBe(1)
    })
  })
}
