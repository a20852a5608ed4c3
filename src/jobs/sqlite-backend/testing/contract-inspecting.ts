import { describe, expect, it } from 'vitest'
import { idsOf, nextEvent, refusalOf, type Stage, take } from './stage.ts'

/** What can be seen and changed of jobs from outside. */
export function describeInspecting(stage: () => Stage): void {
  describe('one job', () => {
    it('reports its progress to whoever listens', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const progress = nextEvent<[{ jobId: string; data: unknown }]>(events, 'progress')
      const job = await queue.add('job', {})
      await job.updateProgress({ step: 2, of: 5 })
      expect((await progress)[0]).toMatchObject({ jobId: job.id, data: { step: 2, of: 5 } })
      expect((await queue.getJob(job.id ?? ''))?.progress).toEqual({ step: 2, of: 5 })
    })

    it('keeps a log, the last lines of it if so told', async () => {
      const queue = stage().queue()
      const job = await queue.add('job', {}, { keepLogs: 2 })
      for (const line of ['one', 'two', 'three']) await job.log(line)
      expect(await queue.getJobLogs(job.id ?? '')).toEqual({ logs: ['two', 'three'], count: 2 })
      expect(await queue.getJobLogs(job.id ?? '', 0, 0, false)).toEqual({
        logs: ['three'],
        count: 2,
      })
      await job.clearLogs(1)
      expect((await queue.getJobLogs(job.id ?? '')).logs).toEqual(['three'])
      await job.clearLogs()
      expect((await queue.getJobLogs(job.id ?? '')).count).toBe(0)
    })

    it('gets other data', async () => {
      const queue = stage().queue()
      const job = await queue.add('job', { version: 1 })
      await job.updateData({ version: 2 })
      expect((await queue.getJob(job.id ?? ''))?.data).toEqual({ version: 2 })
      await job.remove()
      expect(await refusalOf(job.updateData({}))).toBe(-1)
      expect(await refusalOf(job.updateProgress(1))).toBe(-1)
      expect(await refusalOf(job.log('line'))).toBe(-1)
    })

    it('is promoted before its time', async () => {
      const queue = stage().queue()
      const job = await queue.add('job', {}, { delay: 60_000 })
      await job.promote()
      expect(await job.getState()).toBe('waiting')
      expect(await refusalOf(job.promote())).toBe(-3)
    })

    it('gets another delay while it is delayed', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const job = await queue.add('job', {}, { delay: 60_000 })
      stage().worker(async () => 'done')
      await job.changeDelay(10)
      expect(await job.waitUntilFinished(events)).toBe('done')
      expect(await refusalOf(job.changeDelay(10))).toBe(-3)
    })

    it('gets another priority', async () => {
      const queue = stage().queue()
      await queue.add('two', {}, { priority: 2 })
      const plain = await queue.add('plain', {})
      const urgent = await queue.add('nine', {}, { priority: 9 })
      await plain.changePriority({ priority: 5 })
      await urgent.changePriority({ priority: 2, lifo: true })
      expect(await idsOf(queue, 'prioritized')).toEqual(['3', '1', '2'])
      await plain.changePriority({})
      expect(await plain.getState()).toBe('waiting')
    })

    it('answers whether it is in a state', async () => {
      const queue = stage().queue()
      const worker = stage().manualWorker()
      const job = await queue.add('job', {})
      expect([await job.isWaiting(), await job.isActive()]).toEqual([true, false])
      const taken = await take(worker)
      expect([await job.isWaiting(), await job.isActive()]).toEqual([false, true])
      await taken.moveToCompleted('done', 'token', false)
      expect([await job.isCompleted(), await job.isFailed()]).toEqual([true, false])
      expect(await queue.getJobState('unknown')).toBe('unknown')
    })

    it('tells that it is gone to whoever waits for its end', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const job = await queue.add('job', {})
      await job.remove()
      await expect(job.waitUntilFinished(events)).rejects.toThrow('Missing key for job')
    })
  })

  describe('the queue', () => {
    it('counts jobs by state and priority', async () => {
      const queue = stage().queue()
      await queue.addBulk([
        { name: 'a', data: {} },
        { name: 'b', data: {}, opts: { priority: 1 } },
        { name: 'c', data: {}, opts: { priority: 1 } },
        { name: 'd', data: {}, opts: { delay: 60_000 } },
        { name: 'e', data: {} },
      ])
      await take(stage().manualWorker())
      expect(await queue.getJobCounts()).toEqual({
        active: 1,
        completed: 0,
        delayed: 1,
        failed: 0,
        prioritized: 2,
        waiting: 1,
        'waiting-children': 0,
      })
      expect(await queue.getCountsPerPriority([0, 1, 2])).toEqual({ 0: 1, 1: 2, 2: 0 })
      expect(await queue.count()).toBe(4)
      expect(await queue.getDelayedCount(Date.now() + 1_000)).toBe(0)
      expect(await queue.getDelayedCount(Date.now() + 120_000)).toBe(1)
    })

    it('lists jobs by pages from either end', async () => {
      const queue = stage().queue()
      await queue.addBulk([1, 2, 3, 4, 5].map((n) => ({ name: 'job', data: n })))
      const page = async (start: number, end: number, ascending: boolean) =>
        (await queue.getJobs(['waiting'], start, end, ascending)).map((job) => job.data)
      expect(await page(0, 1, true)).toEqual([1, 2])
      expect(await page(2, 3, true)).toEqual([3, 4])
      expect(await page(0, 1, false)).toEqual([5, 4])
      expect(await page(3, 9, false)).toEqual([2, 1])
      expect((await queue.getWaiting(1, 2)).map((job) => job.data)).toEqual([2, 3])
      expect((await queue.getJobs(['waiting', 'completed'])).length).toBe(5)
    })

    it('keeps settings and tells its version', async () => {
      const queue = stage().queue({ streams: { events: { maxLen: 500 } } })
      await queue.setGlobalConcurrency(4)
      expect(await queue.getVersion()).toMatch(/^bullmq:\d/)
      expect(await queue.getMeta()).toMatchObject({
        concurrency: 4,
        maxLenEvents: 500,
        paused: false,
      })
      expect(await queue.getGlobalConcurrency()).toBe(4)
    })

    it('lists its workers until they close', async () => {
      const queue = stage().queue()
      const worker = stage().worker(async () => {}, { name: 'night-shift' })
      await worker.waitUntilReady()
      const [listed] = await queue.getWorkers()
      expect(listed?.rawname).toMatch(/:w:night-shift$/)
      await worker.close()
      await expect.poll(() => queue.getWorkersCount()).toBe(0)
    })
  })
}
