import { afterEach, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { systemClock } from '../base/clock.ts'
import { createEventLog } from '../live/event-log.ts'
import {
  failed,
  type LiveServerOptions,
  nextTurn,
  openGroups,
  seededRandom,
  startLiveServer,
  token,
  until,
} from '../live/live.fixture.ts'
import { separate } from '../live/merge-entries.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createLiveClient, type GroupEvent, type LiveClientOptions } from './live-client.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A clock that makes the client's waits short. */
const hurried = {
  setTimer: (delayMs: number, callback: () => void) => systemClock.setTimer(delayMs / 20, callback),
}

async function open(
  clientOptions: Partial<LiveClientOptions>,
  serverOptions: Partial<LiveServerOptions> = {},
) {
  const store = openMemoryStore()
  const log = createEventLog({ store: store.events, clock: systemClock, groupCommitMs: 0 })
  const groups = openGroups(store, log, systemClock)
  const server = await startLiveServer({ log, groups, ...serverOptions })
  const connect = () => {
    const client = createLiveClient({ url: server.url, clock: hurried, ...clientOptions })
    closers.push(client.close)
    return client
  }
  closers.push(server.close)

  async function answer(id: string, tokens: number, beforeEach: () => Promise<unknown>) {
    const request = { id, conversationId: 'c', pipeline: 'p', input: 1 }
    await store.answers.create({ ...request, createdAtMs: systemClock.now() })
    await store.events.announce(id)
    const run = await store.answers.startRun(id)
    const writer = log.writer(id, run)
    for (let count = 0; count < tokens; count++) {
      await beforeEach()
      writer.append(token(`${count} `))
      await writer.flush()
    }
    const error = { code: 'NO_ANSWER', message: 'No model answered.' }
    await store.answers.finish(id, run, {
      state: 'failed',
      error,
      finishedAtMs: systemClock.now(),
    })
    writer.append(failed)
    await writer.close()
  }
  return { server, connect, answer }
}

const seqsByAnswer = (events: readonly GroupEvent[]) => {
  const seqs: Record<string, number[]> = {}
  for (const event of events) {
    // A log that has ended is compact by the time that some read it.
    const ones = separate([event]).map(({ seq }) => seq)
    seqs[event.answerId] = [...(seqs[event.answerId] ?? []), ...ones]
  }
  return seqs
}

describe.each([
  { way: 'over WebSocket', Socket: WebSocket },
  { way: 'over server-sent events', Socket: null },
])('$way', ({ Socket }) => {
  it('a conversation is followed through random cuts', async () => {
    const random = seededRandom(5)
    const { server, connect, answer } = await open({ WebSocket: Socket, random })
    const ids = ['a', 'b', 'd', 'e']
    const received: GroupEvent[] = []
    const ended = new Set<string>()
    let cuts = 0
    const reading = (async () => {
      for await (const event of connect().followConversation('c')) {
        received.push(event)
        if (event.event.type === 'answer-failed') ended.add(event.answerId)
        if (ended.size === ids.length) return
      }
    })()
    await until(() => server.sockets.size + server.responses.size > 0)
    const cutting = (async () => {
      while (ended.size < ids.length) {
        await nextTurn()
        const [victim] = [...server.sockets, ...server.responses]
        if (!victim || random() > 0.1) continue
        cuts++
        if (victim instanceof WebSocket) victim.terminate()
        else victim.destroy()
      }
    })()
    let target = 0
    const writing = ids.map((id) =>
      answer(id, 30, async () => {
        await nextTurn()
        // At the pace of the cuts, so that they fall all over it.
        const place = target++ / 8
        await until(() => cuts >= place)
      }),
    )
    await Promise.all([reading, cutting, ...writing])
    expect(cuts).toBeGreaterThan(10)
    const whole = Array.from({ length: 31 }, (_, index) => index + 1)
    expect(seqsByAnswer(received)).toEqual(Object.fromEntries(ids.map((id) => [id, whole])))
  })

  it('another client goes on from a cursor', async () => {
    const { connect, answer } = await open({ WebSocket: Socket })
    const received: GroupEvent[] = []
    let hasLeft = false
    let written = 0
    const writing = answer('a', 10, async () => {
      await until(() => hasLeft || received.length === written)
      written++
    })
    for await (const event of connect().followConversation('c')) {
      received.push(event)
      if (received.length > 4 && event.cursor !== undefined) break
    }
    hasLeft = true
    const startingAfter = received.findLast(({ cursor }) => cursor !== undefined)?.cursor ?? ''
    await writing
    for await (const event of connect().followConversation('c', { startingAfter })) {
      received.push(event)
      if (event.event.type === 'answer-failed') break
    }
    const whole = Array.from({ length: 11 }, (_, index) => index + 1)
    expect(seqsByAnswer(received)).toEqual({ a: whole })
  })

  it('a cursor that is none is refused', async () => {
    const { connect } = await open({ WebSocket: Socket })
    const events = connect().followConversation('c', { startingAfter: 'x' })
    await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  })
})

describe('a client', () => {
  it('follows a conversation once at a time', async () => {
    const { connect, server } = await open({ WebSocket })
    const client = connect()
    const first = client.followConversation('c')[Symbol.asyncIterator]()
    const waiting = first.next()
    await until(() => server.sockets.size > 0)
    await expect(client.followConversation('c')[Symbol.asyncIterator]().next()).rejects.toThrow(
      /already/,
    )
    client.close()
    await expect(waiting).rejects.toMatchObject({ code: 'CLIENT_CLOSED' })
  })

  it('is told that it may not follow a user', async () => {
    const { connect } = await open({ WebSocket }, { authorize: (target) => !('userId' in target) })
    const events = connect().followUser('jane')[Symbol.asyncIterator]()
    await expect(events.next()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})
