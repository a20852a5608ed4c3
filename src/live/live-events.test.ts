import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import type { SequencedEvent } from '../store/event-store.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { cursorOf } from './cursor.ts'
import { createEventLog } from './event-log.ts'
import {
  countCalls,
  failed,
  type LiveServer,
  started,
  startLiveServer,
  token,
  until,
} from './live.fixture.ts'
import { maxFrameChars } from './live-limits.ts'

let server: LiveServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

const open = async () => {
  const clock = createFakeClock()
  const { store, counts } = countCalls(openMemoryStore({ clock }).events)
  const log = createEventLog({ store, clock })
  const live = await startLiveServer({ log, clock })
  server = live
  return { clock, store, counts, log, live, url: `${live.url}/v1/answers/a/events` }
}

interface Reading {
  readonly response: IncomingMessage
  readonly request: ClientRequest
  readonly body: () => string
  readonly ended: Promise<unknown>
}

const read = async (url: string, headers: Record<string, string> = {}): Promise<Reading> => {
  const request = get(url, { headers })
  const response = await new Promise<IncomingMessage>((resolve) =>
    request.once('response', resolve),
  )
  let body = ''
  response.setEncoding('utf8').on('data', (piece) => {
    body += piece
  })
  response.on('error', () => request.destroy())
  const ended = new Promise((resolve) => response.once('close', resolve))
  return { response, request, body: () => body, ended }
}

/** The events of a body, with what stands beside their data. */
const eventsOf = (body: string) =>
  [...body.matchAll(/^id: (\d+)\nevent: (.+)\ndata: (.+)\n\n/gm)].map(
    ([, id, type, data = '']) => ({
      id: Number(id),
      type,
      data: JSON.parse(data) as SequencedEvent,
    }),
  )

describe('server-sent events', () => {
  it('carry number, type and event', async () => {
    const { store, url } = await open()
    await store.append([{ answerId: 'a', run: 1, events: [started('a'), token('a\nb'), failed] }])
    const { response, body, ended } = await read(url)
    await ended
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8')
    const events = eventsOf(body())
    expect(events.map(({ data }) => data)).toEqual(await store.read('a', 0))
    expect(events.map(({ id, type }) => [id, type])).toEqual([
      [1, 'answer-started'],
      [2, 'text-delta'],
      [3, 'answer-failed'],
    ])
  })

  it('come as they are written, and end by themselves', async () => {
    const { clock, log, live, url } = await open()
    const { body, ended } = await read(url)
    const writer = log.writer('a', 1)
    for (const event of [started('a'), token('x'), failed]) {
      writer.append(event)
      await clock.advance(5)
    }
    await ended
    expect(eventsOf(body()).map(({ id }) => id)).toEqual([1, 2, 3])
    await until(() => live.serving.size === 0)
    expect(clock.pendingTimers).toBe(0)
  })

  it('go on after Last-Event-ID or starting_after', async () => {
    const { store, url } = await open()
    await store.append([{ answerId: 'a', run: 1, events: [started('a'), token('x'), failed] }])
    const byHeader = await read(url, { 'last-event-id': '1' })
    const byQuery = await read(`${url}?starting_after=2`)
    const byBoth = await read(`${url}?starting_after=0`, { 'last-event-id': '2' })
    await Promise.all([byHeader.ended, byQuery.ended, byBoth.ended])
    expect(eventsOf(byHeader.body()).map(({ id }) => id)).toEqual([2, 3])
    expect(eventsOf(byQuery.body()).map(({ id }) => id)).toEqual([3])
    expect(eventsOf(byBoth.body()).map(({ id }) => id)).toEqual([3])
  })

  it('are 204 after the last event', async () => {
    const { store, url } = await open()
    await store.append([{ answerId: 'a', run: 1, events: [started('a'), failed] }])
    const { response, ended } = await read(url, { 'last-event-id': '2' })
    await ended
    expect(response.statusCode).toBe(204)
  })

  it('of an unknown number are refused before they begin', async () => {
    const { store, url, live } = await open()
    await store.append([{ answerId: 'a', run: 1, events: [started('a')] }])
    const { response, ended } = await read(`${url}?starting_after=9`)
    await ended
    expect(response.statusCode).toBe(404)
    await until(() => live.serving.size === 0)
  })

  it('have a comment every 15 s as heartbeat', async () => {
    const { clock, url } = await open()
    const { body } = await read(url)
    await until(() => body() === 'retry: 1000\n\n')
    await clock.advance(30_000)
    await until(() => body() === 'retry: 1000\n\n: \n\n: \n\n')
  })

  it('free everything when the client has gone', async () => {
    const { clock, counts, live, url } = await open()
    const { request } = await read(url)
    expect(counts.watchers).toBe(1)
    request.destroy()
    await until(() => live.serving.size === 0)
    expect(counts.watchers).toBe(0)
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('a slow reader', () => {
  const fill = async ({ clock, log }: Awaited<ReturnType<typeof open>>, total: number) => {
    const writer = log.writer('a', 1)
    for (let count = 0; count < total; count++) {
      writer.append(token('x'.repeat(50_000)))
      await clock.advance(5)
    }
    writer.append(failed)
    await clock.advance(5)
  }

  it('is fed at its own pace and misses nothing', async () => {
    const opened = await open()
    const { response, body, ended } = await read(opened.url)
    response.pause()
    await fill(opened, 400)
    const [served] = opened.live.responses
    expect(served?.writableNeedDrain).toBe(true)
    // 20 MB were written meanwhile; what waits for this reader is one frame at most.
    const waits = served?.writableLength
    expect(waits).toBeLessThan(maxFrameChars + 2 * 50_200)
    await opened.clock.advance(15_000)
    expect(served?.writableLength).toBe(waits)
    response.resume()
    await ended
    expect(eventsOf(body()).map(({ id }) => id)).toEqual(
      Array.from({ length: 401 }, (_, index) => index + 1),
    )
  })

  it('that is stuck for 30 s is cut off', async () => {
    const opened = await open()
    const { response } = await read(opened.url)
    response.pause()
    await fill(opened, 400)
    expect(opened.live.serving.size).toBe(1)
    await opened.clock.advance(30_000)
    await until(() => opened.live.serving.size === 0)
    expect(opened.clock.pendingTimers).toBe(0)
  })
})

describe('the place to go on', () => {
  it('is 0 when none is given', () => {
    expect(cursorOf({})).toBe(0)
    expect(cursorOf({ lastEventId: '', startingAfter: '' })).toBe(0)
  })

  it.each(['x', '-1', '1.5', '1e3', '9'.repeat(20)])('cannot be %s', (text) => {
    expect(() => cursorOf({ startingAfter: text })).toThrow(/starting_after/)
    expect(() => cursorOf({ lastEventId: text })).toThrow(/Last-Event-ID/)
  })
})
