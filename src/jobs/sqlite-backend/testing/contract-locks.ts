import { describe, expect, it } from 'vitest'
import { nextEvent, refusalOf, type Stage, take, timePasses } from './stage.ts'

/** Locks, and the recovery of jobs whose worker is gone. */
export function describeLocks(stage: () => Stage): void {
  const lockEnd = () => timePasses(15)

  describe('locks', () => {
    it('lets only the holder of the lock finish a job', async () => {
      const queue = stage().queue()
      const worker = stage().manualWorker()
      await queue.add('job', {})
      const job = await take(worker, 'mine')
      expect(await refusalOf(job.moveToCompleted('stolen', 'yours', false))).toBe(-6)
      expect(await job.getState()).toBe('active')
      await job.moveToCompleted('done', 'mine', false)
      expect(await refusalOf(job.moveToCompleted('twice', 'mine', false))).toBe(-2)
    })

    it('does not let a job be finished after its lock has ended', async () => {
      const queue = stage().queue()
      const worker = stage().manualWorker({ lockDuration: 5 })
      await queue.add('job', {})
      const job = await take(worker)
      await lockEnd()
      expect(await refusalOf(job.moveToCompleted('late', 'token', false))).toBe(-2)
      expect(await refusalOf(job.moveToFailed(new Error('late'), 'token'))).toBe(-2)
      expect(await job.extendLock('token', 1_000)).toBe(0)
    })

    it('prolongs locks, and names those that are lost', async () => {
      const queue = stage().queue()
      const worker = stage().manualWorker({ lockDuration: 1_000 })
      await queue.addBulk([1, 2].map((n) => ({ name: 'job', data: { n } })))
      const [one, two] = [await take(worker, 'a'), await take(worker, 'b')]
      expect(await one.extendLock('a', 2_000)).toBe(1)
      expect(await one.extendLock('wrong', 2_000)).toBe(0)
      const ids = [one.id ?? '', two.id ?? '', 'unknown']
      const lost = await worker.extendJobLocks(ids, ['a', 'wrong', 'c'], 2_000)
      expect(lost).toEqual([two.id, 'unknown'])
    })

    it('refuses to remove a job that is being worked on', async () => {
      const queue = stage().queue()
      const worker = stage().manualWorker()
      await queue.add('job', {})
      const job = await take(worker)
      await expect(job.remove()).rejects.toThrow('locked by another worker')
      expect(await queue.remove(job.id ?? '')).toBe(0)
    })
  })

  describe('stalled jobs', () => {
    it('go back to the front of the queue, once', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const stalled = nextEvent<[{ jobId: string }]>(events, 'stalled')
      const dying = stage().manualWorker({ lockDuration: 5, stalledInterval: 1 })
      await queue.add('lost', {})
      const job = await take(dying)
      await queue.add('other', {})
      await dying.getBackend().moveStalledJobsToWait()
      await lockEnd()
      expect(await dying.getBackend().moveStalledJobsToWait()).toEqual([job.id])
      expect((await stalled)[0].jobId).toBe(job.id)
      const recovered = await take(stage().manualWorker(), 'next')
      expect(recovered).toMatchObject({ id: job.id, attemptsStarted: 2, stalledCounter: 1 })
    })

    it('stay with a worker that prolongs its lock', async () => {
      const queue = stage().queue()
      const worker = stage().manualWorker({ lockDuration: 5, stalledInterval: 1 })
      await queue.add('slow', {})
      const job = await take(worker)
      await worker.getBackend().moveStalledJobsToWait()
      await job.extendLock('token', 10_000)
      await lockEnd()
      expect(await worker.getBackend().moveStalledJobsToWait()).toEqual([])
      expect(await job.getState()).toBe('active')
    })

    it('fail when they have stalled too often', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const dying = stage().manualWorker({
        lockDuration: 5,
        stalledInterval: 1,
        maxStalledCount: 0,
      })
      const job = await queue.add('poison', {}, { attempts: 9 })
      await take(dying)
      await dying.getBackend().moveStalledJobsToWait()
      await lockEnd()
      await dying.getBackend().moveStalledJobsToWait()
      let runs = 0
      stage().worker(async () => {
        runs += 1
      })
      await expect(job.waitUntilFinished(events)).rejects.toThrow('stalled more than allowable')
      expect(runs).toBe(0)
    })

    it('are found by the worker of another process', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const job = await queue.add('lost', {})
      await take(stage().manualWorker({ lockDuration: 5 }))
      stage().worker(async () => 'rescued', { stalledInterval: 20 })
      expect(await job.waitUntilFinished(events)).toBe('rescued')
    })

    it('are looked for once per interval over all workers', async () => {
      const queue = stage().queue()
      const worker = stage().manualWorker({ lockDuration: 5, stalledInterval: 60_000 })
      await queue.add('lost', {})
      await take(worker)
      await worker.getBackend().moveStalledJobsToWait()
      await lockEnd()
      expect(await worker.getBackend().moveStalledJobsToWait()).toEqual([])
    })
  })
}
