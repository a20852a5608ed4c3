import { describe, expect, it } from 'vitest'
import { idsOf, nextEvent, refusalOf, type Stage } from './stage.ts'

/** Jobs that come by the clock. */
export function describeSchedulers(stage: () => Stage): void {
  describe('job schedulers', () => {
    it('make jobs again and again', async () => {
      const queue = stage().queue()
      const runs: unknown[] = []
      const third = Promise.withResolvers<void>()
      stage().worker(async (job) => {
        runs.push(job.data)
        if (runs.length === 3) third.resolve()
      })
      await queue.upsertJobScheduler('tick', { every: 40 }, { name: 'tick', data: { n: 7 } })
      await third.promise
      await queue.removeJobScheduler('tick')
      expect(runs.slice(0, 3)).toEqual([{ n: 7 }, { n: 7 }, { n: 7 }])
    })

    it('keep one job ahead and its time', async () => {
      const queue = stage().queue()
      const job = await queue.upsertJobScheduler('hourly', { every: 3_600_000, offset: 1_000 })
      expect(job?.id).toMatch(/^repeat:hourly:\d+$/)
      expect(await idsOf(queue, 'delayed')).toEqual([job?.id])
      const scheduler = await queue.getJobScheduler('hourly')
      expect(scheduler).toMatchObject({ key: 'hourly', every: 3_600_000, iterationCount: 1 })
      expect(`repeat:hourly:${scheduler?.next}`).toBe(job?.id)
      expect((scheduler?.next ?? 0) % 3_600_000).toBe(1_000)
    })

    it('follow a cron pattern in a time zone', async () => {
      const queue = stage().queue()
      const rule = { pattern: '0 30 4 * * *', tz: 'Asia/Tokyo' }
      await queue.upsertJobScheduler('nightly', rule, { name: 'report', opts: { attempts: 3 } })
      const scheduler = await queue.getJobScheduler('nightly')
      expect(scheduler).toMatchObject({ name: 'report', tz: 'Asia/Tokyo', pattern: rule.pattern })
      expect(scheduler?.template?.opts).toMatchObject({ attempts: 3 })
      expect(new Date(scheduler?.next ?? 0).toISOString()).toMatch(/T19:30:00.000Z$/)
    })

    it('are changed by setting them up again, without a second job', async () => {
      const queue = stage().queue()
      await queue.upsertJobScheduler('report', { every: 3_600_000, offset: 1_000 })
      await queue.upsertJobScheduler('report', { every: 7_200_000, offset: 2_000 }, { data: 'new' })
      const [ahead] = await queue.getDelayed()
      expect(ahead?.data).toBe('new')
      expect(await queue.getDelayedCount()).toBe(1)
      expect(await queue.getJobSchedulersCount()).toBe(1)
      expect((await queue.getJobScheduler('report'))?.every).toBe(7_200_000)
    })

    it('are listed by the time of their next job', async () => {
      const queue = stage().queue()
      await queue.upsertJobScheduler('late', { every: 3_600_000, startDate: Date.now() + 90_000 })
      await queue.upsertJobScheduler('soon', { every: 3_600_000, startDate: Date.now() + 30_000 })
      const keys = async (ascending: boolean) =>
        (await queue.getJobSchedulers(0, -1, ascending)).map((scheduler) => scheduler.key)
      expect(await keys(true)).toEqual(['soon', 'late'])
      expect(await keys(false)).toEqual(['late', 'soon'])
    })

    it('own their next job, which goes with them', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const job = await queue.upsertJobScheduler('report', { every: 3_600_000, offset: 1_000 })
      if (!job) throw new Error('The scheduler made no job.')
      expect(await refusalOf(job.remove())).toBe(-8)
      await queue.drain(true)
      expect(await queue.getDelayedCount()).toBe(1)
      const removed = nextEvent<[{ jobId: string }]>(events, 'removed')
      expect(await queue.removeJobScheduler('report')).toBe(true)
      expect((await removed)[0].jobId).toBe(job.id)
      expect(await queue.removeJobScheduler('report')).toBe(false)
      expect(await queue.getDelayedCount()).toBe(0)
    })

    it('end after so many runs', async () => {
      const queue = stage().queue()
      let runs = 0
      const worker = stage().worker(async () => {
        runs += 1
      })
      const second = nextEvent(worker, 'completed', () => runs === 2)
      await queue.upsertJobScheduler('twice', { every: 20, limit: 2 })
      await second
      expect(await queue.getJobCounts('delayed', 'waiting', 'completed')).toEqual({
        delayed: 0,
        waiting: 0,
        completed: 2,
      })
    })
  })
}
