import { join } from 'node:path'
import { Queue, QueueEvents } from 'bullmq'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createSqliteBackend } from './create-sqlite-backend.ts'
import { FakeQueueClock } from './testing/fake-queue-clock.ts'
import { nextEvent } from './testing/stage.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const connection = {}

function open(maxLen = 10_000, clock?: FakeQueueClock) {
  const path = join(temporaryFolder(), 'queue.db')
  const backend = createSqliteBackend({ path, ...(clock && { clock }) })
  const queue = new Queue('events', { connection, streams: { events: { maxLen } } }, backend)
  onTestFinished(() => queue.close())
  const read = async (id: string) => (await queue.getBackend().readEvents(id, 1))?.[0]?.[1] ?? []
  return { backend, queue, read }
}

describe('the event stream', () => {
  it('is heard from the moment the listener is made', async () => {
    const { backend, queue } = open()
    await queue.add('before', {})
    const events = new QueueEvents('events', { connection }, backend)
    onTestFinished(() => events.close())
    const heard = nextEvent<[{ name: string }]>(events, 'added')
    await queue.add('after', {})
    expect((await heard)[0].name).toBe('after')
  })

  it('goes on rising when the clock is set back', async () => {
    const clock = new FakeQueueClock()
    const { queue } = open(10_000, clock)
    const publish = () => queue.getBackend().publishEvent({ event: 'tick' }, 1_000)
    const first = await publish()
    clock.advance(-5_000)
    const second = await publish()
    const [[at, n], [laterAt, laterN]] = [first, second].map((id) => id.split('-').map(Number)) as [
      [number, number],
      [number, number],
    ]
    expect([laterAt, laterN]).toEqual([at, n + 1])
  })

  it('keeps its newest events up to the bound', async () => {
    const { queue, read } = open(50)
    for (let n = 0; n < 200; n++) await queue.add('job', { n })
    const kept = await read('0-0')
    expect(kept.length).toBeGreaterThanOrEqual(50)
    expect(kept.length).toBeLessThanOrEqual(150)
    expect(kept.at(-1)?.[1]).toEqual(['event', 'waiting', 'jobId', '200'])
  })

  it('goes on with the oldest that is left for a reader who was away for too long', async () => {
    const { queue, read } = open(50)
    await queue.add('first', {})
    const [first] = await read('0-0')
    for (let n = 0; n < 200; n++) await queue.add('job', { n })
    const rest = await read(first?.[0] ?? '')
    expect(rest).toEqual(await read('0-0'))
  })

  it('is read from a time on as well', async () => {
    const clock = new FakeQueueClock()
    const { queue, read } = open(10_000, clock)
    await queue.add('early', {})
    clock.advance(1_000)
    const later = clock.now()
    await queue.add('late', {})
    const names = (await read(String(later))).map(([, fields]) => fields.at(-1))
    expect(names).toEqual(['late', '2'])
  })

  it('survives an obliterated queue with its numbers', async () => {
    const { queue, read } = open()
    await queue.add('job', {})
    const [last] = (await read('0-0')).slice(-1)
    await queue.obliterate()
    await queue.add('anew', {})
    const fresh = await read(last?.[0] ?? '')
    expect(fresh.map(([, [, event]]) => event)).toEqual(['added', 'waiting'])
  })
})
