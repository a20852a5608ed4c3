import { describe, expect, it } from 'vitest'
import { finished, idsOf, nextEvent, type Stage, take, timePasses } from './stage.ts'

/** Deduplication in its modes. */
export function describeDeduplication(stage: () => Stage): void {
  describe('deduplication', () => {
    it('ignores a job while one of the same id is not finished', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const deduplicated = nextEvent<[Record<string, string>]>(events, 'deduplicated')
      const worker = stage().manualWorker()
      const deduplication = { id: 'same' }
      const first = await queue.add('first', {}, { deduplication })
      const second = await queue.add('second', {}, { deduplication })
      expect(second.id).toBe(first.id)
      expect((await deduplicated)[0]).toMatchObject({ jobId: first.id, deduplicationId: 'same' })
      expect(await queue.getDeduplicationJobId('same')).toBe(first.id)
      await (await take(worker)).moveToCompleted('done', 'token', false)
      expect(await queue.getDeduplicationJobId('same')).toBeNull()
      expect((await queue.add('third', {}, { deduplication })).id).not.toBe(first.id)
    })

    it('ignores a job for a time, finished or not', async () => {
      const queue = stage().queue()
      const worker = stage().manualWorker()
      const options = { deduplication: { id: 'same', ttl: 60 } }
      const first = await queue.add('first', {}, options)
      await (await take(worker)).moveToCompleted('done', 'token', false)
      expect((await queue.add('second', {}, options)).id).toBe(first.id)
      await timePasses(80)
      expect((await queue.add('third', {}, options)).id).not.toBe(first.id)
    })

    it('starts the time anew with each ignored job', async () => {
      const queue = stage().queue()
      const options = { deduplication: { id: 'same', ttl: 200, extend: true } }
      const first = await queue.add('first', {}, options)
      await timePasses(120)
      expect((await queue.add('second', {}, options)).id).toBe(first.id)
      await timePasses(120)
      expect((await queue.add('third', {}, options)).id).toBe(first.id)
    })

    it('replaces a job that is still delayed', async () => {
      const queue = stage().queue()
      const options = { delay: 60_000, deduplication: { id: 'same', ttl: 60_000, replace: true } }
      const first = await queue.add('first', { n: 1 }, options)
      const second = await queue.add('second', { n: 2 }, options)
      expect(second.id).not.toBe(first.id)
      expect(await idsOf(queue, 'delayed')).toEqual([second.id])
      expect(await queue.getJob(first.id ?? '')).toBeUndefined()
      expect(await queue.getDeduplicationJobId('same')).toBe(second.id)
    })

    it('gives a delayed job the delay of the ignored one', async () => {
      const queue = stage().queue()
      const deduplication = { id: 'same', reschedule: true }
      const first = await queue.add('first', { n: 1 }, { delay: 60_000, deduplication })
      await queue.add('second', { n: 2 }, { delay: 10, deduplication })
      expect(await queue.getJob(first.id ?? '')).toMatchObject({ delay: 10, data: { n: 1 } })
    })

    it('runs once more with the last data that came while it ran', async () => {
      const queue = stage().queue()
      const deduplication = { id: 'profile-7', keepLastIfActive: true }
      const seen: number[] = []
      const running = Promise.withResolvers<void>()
      const mayEnd = Promise.withResolvers<void>()
      const worker = stage().worker(async (job) => {
        seen.push(job.data.version)
        running.resolve()
        await mayEnd.promise
      })
      const done = finished(worker, 2)
      await queue.add('refresh', { version: 1 }, { deduplication })
      await running.promise
      await queue.add('refresh', { version: 2 }, { deduplication })
      await queue.add('refresh', { version: 3 }, { deduplication })
      expect(await queue.getWaitingCount()).toBe(0)
      mayEnd.resolve()
      await done
      expect(seen).toEqual([1, 3])
      expect(await queue.getDeduplicationJobId('profile-7')).toBeNull()
    })

    it('lets go of the id when the job is removed', async () => {
      const queue = stage().queue()
      const deduplication = { id: 'same' }
      const first = await queue.add('first', {}, { deduplication })
      await first.remove()
      expect((await queue.add('second', {}, { deduplication })).id).not.toBe(first.id)
    })

    it('lets go of the id when asked to', async () => {
      const queue = stage().queue()
      const deduplication = { id: 'same' }
      const first = await queue.add('first', {}, { deduplication })
      expect(await first.removeDeduplicationKey()).toBe(true)
      expect(await first.removeDeduplicationKey()).toBe(false)
      await queue.add('second', {}, { deduplication })
      expect(await queue.removeDeduplicationKey('same')).toBe(1)
      expect(await queue.getWaitingCount()).toBe(2)
    })
  })
}
