import { describe, expect, it } from 'vitest'
import { idsOf, nextEvent, type Stage, take, timePasses } from './stage.ts'

/** Removing jobs one by one, by age, and altogether. */
export function describeRemoving(stage: () => Stage): void {
  describe('removing', () => {
    it('removes a job in any state', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const removed = nextEvent<[{ jobId: string; prev: string }]>(events, 'removed')
      const waiting = await queue.add('a', {})
      const delayed = await queue.add('b', {}, { delay: 60_000 })
      await waiting.remove()
      await delayed.remove()
      expect((await removed)[0]).toMatchObject({ jobId: waiting.id, prev: 'wait' })
      expect(await queue.getJobCounts('waiting', 'delayed')).toEqual({ waiting: 0, delayed: 0 })
      expect(await queue.remove('unknown')).toBe(1)
    })

    it('drains what waits, and what is delayed if asked to', async () => {
      const queue = stage().queue()
      const add = () =>
        queue.addBulk([
          { name: 'a', data: {} },
          { name: 'b', data: {}, opts: { priority: 1 } },
          { name: 'c', data: {}, opts: { delay: 60_000 } },
        ])
      await add()
      await queue.drain()
      expect(await queue.getJobCounts('waiting', 'prioritized', 'delayed')).toEqual({
        waiting: 0,
        prioritized: 0,
        delayed: 1,
      })
      await add()
      await queue.drain(true)
      expect(await queue.count()).toBe(0)
    })

    it('cleans jobs that are old enough, up to a limit', async () => {
      const queue = stage().queue()
      const worker = stage().manualWorker()
      await queue.addBulk(['a', 'b', 'c'].map((name) => ({ name, data: {} })))
      for (const token of ['a', 'b', 'c']) {
        await (await take(worker, token)).moveToCompleted('done', token, false)
        await timePasses(2)
      }
      expect(await queue.clean(60_000, 0, 'completed')).toEqual([])
      expect(await queue.clean(0, 2, 'completed')).toEqual(['1', '2'])
      expect(await idsOf(queue, 'completed')).toEqual(['3'])
    })

    it('does not clean active jobs that are being worked on', async () => {
      const queue = stage().queue()
      await queue.addBulk(['a', 'b'].map((name) => ({ name, data: {} })))
      await take(stage().manualWorker({ lockDuration: 5 }), 'a')
      await take(stage().manualWorker(), 'b')
      await timePasses(15)
      expect(await queue.clean(0, 0, 'active')).toEqual(['1'])
      expect(await idsOf(queue, 'active')).toEqual(['2'])
    })

    it('cleans waiting and delayed jobs by the time of adding', async () => {
      const queue = stage().queue()
      await queue.add('a', {})
      await queue.add('b', {}, { delay: 60_000 })
      await timePasses(20)
      await queue.add('c', {})
      expect(await queue.clean(10, 0, 'wait')).toEqual(['1'])
      expect(await queue.clean(10, 0, 'delayed')).toEqual(['2'])
      expect(await idsOf(queue, 'waiting')).toEqual(['3'])
    })

    it('obliterates everything but not under a running job', async () => {
      const queue = stage().queue()
      await queue.addBulk([
        { name: 'a', data: {} },
        { name: 'b', data: {}, opts: { delay: 60_000 } },
        { name: 'c', data: {}, opts: { priority: 1 } },
      ])
      await take(stage().manualWorker())
      await expect(queue.obliterate()).rejects.toThrow('active jobs')
      await queue.obliterate({ force: true, count: 2 })
      expect(Object.values(await queue.getJobCounts()).every((count) => count === 0)).toBe(true)
      expect(await queue.isPaused()).toBe(false)
      expect((await queue.add('anew', {})).id).toBe('1')
    })

    it('promotes all delayed jobs', async () => {
      const queue = stage().queue()
      await queue.addBulk([1, 2, 3].map((n) => ({ name: 'job', data: n, opts: { delay: 60_000 } })))
      await queue.promoteJobs({ count: 2 })
      expect(await idsOf(queue, 'waiting')).toEqual(['1', '2', '3'])
    })
  })
}
