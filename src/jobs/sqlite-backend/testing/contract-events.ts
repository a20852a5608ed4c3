import { describe, expect, it } from 'vitest'
import { finished, nextEvent, type Stage } from './stage.ts'

/** The event stream: order, resuming, custom events. */
export function describeEvents(stage: () => Stage): void {
  describe('events', () => {
    it('tell the life of a job in order', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const seen: string[] = []
      for (const event of ['added', 'delayed', 'waiting', 'active', 'completed'] as const) {
        events.on(event, () => seen.push(event))
      }
      stage().worker(async () => 'done')
      const job = await queue.add('job', {}, { delay: 10 })
      await job.waitUntilFinished(events)
      expect(seen).toEqual(['added', 'delayed', 'waiting', 'active', 'completed'])
    })

    it('carry what they are about', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const completed = nextEvent(events, 'completed')
      const failed = nextEvent(events, 'failed')
      stage().worker(async (job) => {
        if (job.name === 'bad') throw new Error('no luck')
        return { ok: true }
      })
      await queue.add('good', {}, { jobId: 'good' })
      await queue.add('bad', {}, { jobId: 'bad' })
      expect((await completed)[0]).toEqual({
        jobId: 'good',
        returnvalue: { ok: true },
        prev: 'active',
      })
      expect((await failed)[0]).toEqual({ jobId: 'bad', failedReason: 'no luck', prev: 'active' })
    })

    it('can be read again from where one left off', async () => {
      const queue = stage().queue()
      const first = await stage().events()
      const added = nextEvent<[{ jobId: string }, string]>(first, 'added')
      await queue.add('one', {})
      const [, eventId] = await added
      await first.close()
      await queue.add('two', {})
      await queue.add('three', {})
      const resumed = await stage().events({ lastEventId: eventId, autorun: false })
      const seen: string[] = []
      resumed.on('added', ({ jobId }) => seen.push(jobId))
      const last = nextEvent(resumed, 'waiting', (event: { jobId: string }) => event.jobId === '3')
      const running = resumed.run()
      await last
      expect(seen).toEqual(['2', '3'])
      await resumed.close()
      await running
    })

    it('can be read from the beginning', async () => {
      const queue = stage().queue()
      await queue.add('one', {})
      const events = await stage().events({ lastEventId: '0-0', autorun: false })
      const added = nextEvent<[{ name: string }]>(events, 'added')
      const running = events.run()
      expect((await added)[0].name).toBe('one')
      await events.close()
      await running
    })

    it('can be one’s own', async () => {
      stage().queue()
      const events = await stage().events()
      const custom = nextEvent<[Record<string, string>]>(events, 'tokens')
      await stage().eventsProducer().publishEvent({ eventName: 'tokens', answer: 'a1', count: 12 })
      expect((await custom)[0]).toEqual({ answer: 'a1', count: '12' })
    })

    it('are kept up to a bound', async () => {
      const queue = stage().queue()
      await queue.addBulk(Array.from({ length: 200 }, () => ({ name: 'job', data: {} })))
      await queue.trimEvents(0)
      const events = await stage().events({ lastEventId: '0-0', autorun: false })
      let seen = 0
      events.on('added', () => {
        seen += 1
      })
      const last = nextEvent(events, 'progress')
      const running = events.run()
      await (await queue.getJob('1'))?.updateProgress(1)
      await last
      // Redis trims by whole nodes of a hundred.
      expect(seen).toBeLessThanOrEqual(100)
      await events.close()
      await running
    })

    it('reach every listener', async () => {
      const queue = stage().queue()
      const listeners = [await stage().events(), await stage().events()]
      const completions = listeners.map((events) => nextEvent(events, 'completed'))
      const worker = stage().worker(async () => 'done')
      const done = finished(worker, 1)
      await queue.add('job', {})
      await Promise.all([done, ...completions])
    })
  })
}
