import { describe, expect, it } from 'vitest'
import { finished, idsOf, nextEvent, type Stage, take, timePasses } from './stage.ts'

/** Adding jobs, and the order in which they are taken. */
export function describeAdding(stage: () => Stage): void {
  describe('adding', () => {
    it('hands a job to a worker and its result back', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      stage().worker(async (job) => ({ doubled: job.data.number * 2 }))
      const job = await queue.add('double', { number: 21 })
      expect(await job.waitUntilFinished(events)).toEqual({ doubled: 42 })
      const stored = await queue.getJob(job.id ?? '')
      expect(stored).toMatchObject({
        name: 'double',
        data: { number: 21 },
        returnvalue: { doubled: 42 },
        attemptsMade: 1,
        attemptsStarted: 1,
      })
      expect(stored?.finishedOn).toBeGreaterThanOrEqual(stored?.processedOn ?? Number.NaN)
    })

    it('counts ids up from one', async () => {
      const queue = stage().queue()
      expect((await queue.add('job', {})).id).toBe('1')
      const bulk = await queue.addBulk([
        { name: 'a', data: 1 },
        { name: 'b', data: 2 },
      ])
      expect(bulk.map((job) => job.id)).toEqual(['2', '3'])
      expect(await idsOf(queue, 'waiting')).toEqual(['1', '2', '3'])
    })

    it('takes waiting jobs in the order of adding', async () => {
      const queue = stage().queue()
      await queue.addBulk(['a', 'b', 'c'].map((name) => ({ name, data: {} })))
      const seen: string[] = []
      const worker = stage().worker(async (job) => seen.push(job.name))
      await finished(worker, 3)
      expect(seen).toEqual(['a', 'b', 'c'])
    })

    it('takes a lifo job before all waiting ones', async () => {
      const queue = stage().queue()
      await queue.add('first', {})
      await queue.add('last', {}, { lifo: true })
      const worker = stage().manualWorker()
      expect((await take(worker, 'a')).name).toBe('last')
      expect((await take(worker, 'b')).name).toBe('first')
    })

    it('takes jobs without priority first and small priorities before large', async () => {
      const queue = stage().queue()
      await queue.add('three', {}, { priority: 3 })
      await queue.add('one-a', {}, { priority: 1 })
      await queue.add('one-b', {}, { priority: 1 })
      await queue.add('plain', {})
      const worker = stage().manualWorker()
      const names: string[] = []
      for (const token of ['a', 'b', 'c', 'd']) names.push((await take(worker, token)).name)
      expect(names).toEqual(['plain', 'one-a', 'one-b', 'three'])
    })

    it('adds a job of a known id only once', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const duplicated = nextEvent<[{ jobId: string }]>(events, 'duplicated')
      await queue.add('first', { n: 1 }, { jobId: 'order-7' })
      const second = await queue.add('second', { n: 2 }, { jobId: 'order-7' })
      expect(second.id).toBe('order-7')
      expect((await duplicated)[0].jobId).toBe('order-7')
      expect((await queue.getJob('order-7'))?.name).toBe('first')
      expect(await queue.getWaitingCount()).toBe(1)
    })

    it('holds a delayed job back until its time', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const worker = stage().worker(async () => Date.now())
      await worker.waitUntilReady()
      const job = await queue.add('later', {}, { delay: 80 })
      expect(await job.getState()).toBe('delayed')
      const ranAt = await job.waitUntilFinished(events)
      expect(ranAt - job.timestamp).toBeGreaterThanOrEqual(79)
      expect(ranAt - job.timestamp).toBeLessThan(1_000)
    })

    it('takes delayed jobs by time and not by adding', async () => {
      const queue = stage().queue()
      await queue.add('later', {}, { delay: 60 })
      await queue.add('sooner', {}, { delay: 20 })
      const seen: string[] = []
      const worker = stage().worker(async (job) => seen.push(job.name))
      await finished(worker, 2)
      expect(seen).toEqual(['sooner', 'later'])
    })

    it('keeps a due job at its priority', async () => {
      const queue = stage().queue()
      await queue.add('urgent', {}, { delay: 10, priority: 1 })
      await queue.add('usual', {}, { priority: 5 })
      const worker = stage().manualWorker()
      await timePasses(15)
      expect((await take(worker, 'a')).name).toBe('urgent')
      expect((await take(worker, 'b')).name).toBe('usual')
    })

    it('refuses a job for a parent that is not there', async () => {
      const queue = stage().queue()
      const parent = { id: 'nobody', queue: queue.qualifiedName }
      await expect(queue.add('orphan', {}, { parent })).rejects.toMatchObject({ code: -5 })
      expect(await queue.count()).toBe(0)
    })

    it('keeps every character of the data', async () => {
      const queue = stage().queue()
      const data = {
        text: 'naïve 日本 \u0000 "quoted" \\ \n 😀',
        list: [1.5, null, -0.1],
        empty: {},
      }
      const job = await queue.add('odd', data)
      expect((await queue.getJob(job.id ?? ''))?.data).toEqual(data)
    })
  })
}
