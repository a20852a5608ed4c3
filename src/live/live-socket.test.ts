import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { createEventLog } from './event-log.ts'
import {
  countCalls,
  failed,
  nextTurn,
  noGroups,
  openGroups,
  seqsOf,
  started,
  startLiveServer,
  token,
  until,
} from './live.fixture.ts'
import { closeAboveBytes, maxFrameChars, maxMessageBytes, pauseAboveBytes } from './live-limits.ts'
import type { ServerMessage } from './live-message.ts'
import { type LiveSocketOptions, serveLiveSocket } from './live-socket.ts'
import { describeTarget, kindOf } from './live-target.ts'
import { separate } from './merge-entries.ts'

/** The far end of a socket that takes what is sent when it is told to. */
class ScriptedSocket extends EventEmitter {
  readonly OPEN = 1
  readyState = 1
  bufferedAmount = 0
  pings = 0
  closedWith: { code: number; reason: string } | undefined
  terminated = false
  readonly received: ServerMessage[] = []
  private readonly inFlight: { bytes: number; sent: () => void }[] = []
  /** Whether it reads what is sent. */
  reads = true

  send(text: string, sent: () => void): void {
    this.received.push(JSON.parse(text))
    this.bufferedAmount += text.length
    this.inFlight.push({ bytes: text.length, sent })
    if (this.reads) this.drain()
  }

  /** Takes all that was sent. */
  drain(): void {
    for (const { bytes, sent } of this.inFlight.splice(0)) {
      this.bufferedAmount -= bytes
      queueMicrotask(sent)
    }
  }

  ping(): void {
    this.pings++
  }

  close(code: number, reason: string): void {
    this.readyState = 2
    this.closedWith = { code, reason }
  }

  terminate(): void {
    this.terminated = true
    this.gone()
  }

  /** The connection is over. */
  gone(): void {
    this.readyState = 3
    this.emit('close')
  }

  say(message: unknown): void {
    this.emit(
      'message',
      Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)),
    )
  }

  eventSeqs(answerId = 'a'): number[] {
    return this.received.flatMap((message) =>
      message.type === 'events' && message.answerId === answerId
        ? seqsOf(separate(message.events))
        : [],
    )
  }

  ofType(type: ServerMessage['type']): ServerMessage[] {
    return this.received.filter((message) => message.type === type)
  }
}

const open = (options: Partial<LiveSocketOptions> = {}) => {
  const clock = createFakeClock()
  const { store, counts } = countCalls(openMemoryStore({ clock }).events)
  const log = createEventLog({ store, clock })
  const connect = () => {
    const socket = new ScriptedSocket()
    const served = serveLiveSocket(socket as unknown as WebSocket, {
      log,
      clock,
      authorize: () => true,
      groups: noGroups,
      ...options,
    })
    return { socket, served }
  }
  return { clock, store, counts, log, connect, ...connect() }
}

/** Events that fill a socket fast: one of 10 kB each. */
const large = token('x'.repeat(10_000))

describe('subscribing', () => {
  it('brings the events and then the end', async () => {
    const { clock, log, socket } = open()
    const writer = log.writer('a', 1)
    writer.append(started('a'))
    await clock.advance(5)
    socket.say({ type: 'subscribe', answerId: 'a' })
    await clock.advance(0)
    writer.append(token('x'))
    writer.append(failed)
    await clock.advance(5)
    expect(socket.received[0]).toEqual({ type: 'subscribed', answerId: 'a', startingAfter: 0 })
    expect(socket.eventSeqs()).toEqual([1, 2, 3])
    expect(socket.received.at(-1)).toEqual({ type: 'end', answerId: 'a', lastSeq: 3 })
  })

  it('sends each event as it is stored', async () => {
    const { clock, store, socket } = open()
    await store.append([{ answerId: 'a', run: 1, events: [started('a'), failed] }])
    socket.say({ type: 'subscribe', answerId: 'a' })
    await clock.advance(0)
    const events = await store.read('a', 0)
    expect(socket.ofType('events')).toEqual([{ type: 'events', answerId: 'a', events }])
  })

  it('goes on after the number given', async () => {
    const { clock, store, socket } = open()
    await store.append([{ answerId: 'a', run: 1, events: [started('a'), token('x'), failed] }])
    socket.say({ type: 'subscribe', answerId: 'a', startingAfter: 2 })
    await clock.advance(0)
    expect(socket.eventSeqs()).toEqual([3])
  })

  it('answers with the end after the last event', async () => {
    const { clock, store, socket } = open()
    await store.append([{ answerId: 'a', run: 1, events: [started('a'), failed] }])
    socket.say({ type: 'subscribe', answerId: 'a', startingAfter: 2 })
    await clock.advance(0)
    expect(socket.received.map(({ type }) => type)).toEqual(['subscribed', 'end'])
  })

  it('again starts anew from the new place', async () => {
    const { clock, log, socket } = open()
    const writer = log.writer('a', 1)
    writer.append(started('a'))
    await clock.advance(5)
    socket.say({ type: 'subscribe', answerId: 'a' })
    await clock.advance(0)
    socket.say({ type: 'subscribe', answerId: 'a', startingAfter: 1 })
    await clock.advance(0)
    writer.append(failed)
    await clock.advance(5)
    expect(socket.eventSeqs()).toEqual([1, 2])
    expect(socket.ofType('end')).toHaveLength(1)
  })

  it('ends with unsubscribe, and nothing comes after it', async () => {
    const { clock, counts, log, socket } = open()
    socket.say({ type: 'subscribe', answerId: 'a' })
    await clock.advance(0)
    socket.say({ type: 'unsubscribe', answerId: 'a' })
    log.writer('a', 1).append(failed)
    await clock.advance(5)
    expect(socket.eventSeqs()).toEqual([])
    expect(counts.watchers).toBe(0)
  })

  it('tells of a number that the log does not hold', async () => {
    const { clock, store, socket } = open()
    await store.append([{ answerId: 'a', run: 1, events: [started('a')] }])
    socket.say({ type: 'subscribe', answerId: 'a', startingAfter: 9 })
    await clock.advance(0)
    expect(socket.ofType('error')).toMatchObject([
      { code: 'NOT_FOUND', answerId: 'a', action: 'subscribe' },
    ])
  })

  it('is bounded per socket', async () => {
    const { clock, socket } = open()
    for (let count = 0; count < 257; count++)
      socket.say({ type: 'subscribe', answerId: `a${count}` })
    await clock.advance(0)
    expect(socket.ofType('error')).toMatchObject([{ code: 'OVERLOADED', answerId: 'a256' }])
    expect(socket.ofType('subscribed')).toHaveLength(256)
  })
})

describe('a group', () => {
  const openWithGroups = () => {
    const clock = createFakeClock()
    const stores = openMemoryStore({ clock })
    const log = createEventLog({ store: stores.events, clock })
    const accept = async (id: string) => {
      const request = { id, conversationId: 'c', pipeline: 'p', input: 1, createdAtMs: 1 }
      await stores.answers.create(request)
      await stores.events.announce(id)
    }
    const groups = openGroups(stores, log, clock)
    return { ...open({ log, clock, groups }), clock, stores, accept }
  }

  it('brings its answers with the cursor after each frame', async () => {
    const { clock, stores, socket, accept } = openWithGroups()
    await accept('a')
    socket.say({ type: 'subscribe', conversationId: 'c' })
    await clock.advance(0)
    const [subscribed] = socket.received
    expect(subscribed).toMatchObject({ type: 'subscribed', conversationId: 'c' })
    await stores.events.append([{ answerId: 'a', run: 1, events: [large, large, large] }])
    await stores.events.append([{ answerId: 'a', run: 1, events: Array(20).fill(large) }])
    await clock.advance(0)
    const frames = socket.ofType('events')
    expect(frames.length).toBeGreaterThan(2)
    for (const frame of frames) {
      if (frame.type !== 'events' || !('cursor' in frame)) throw new Error('No cursor.')
      expect(frame).toMatchObject({ conversationId: 'c', answerId: 'a' })
      expect(frame.cursor).toMatch(new RegExp(`^\\d+~a\\.${frame.events.at(-1)?.seq}$`))
    }
    expect(socket.eventSeqs()).toEqual(Array.from({ length: 23 }, (_, index) => index + 1))
  })

  it('and an answer of it are two subscriptions', async () => {
    const { clock, stores, socket, accept } = openWithGroups()
    await accept('a')
    socket.say({ type: 'subscribe', conversationId: 'c' })
    socket.say({ type: 'subscribe', answerId: 'a' })
    await clock.advance(0)
    socket.say({ type: 'unsubscribe', answerId: 'a' })
    await stores.events.append([{ answerId: 'a', run: 1, events: [failed] }])
    await clock.advance(0)
    expect(socket.ofType('events')).toMatchObject([{ conversationId: 'c', answerId: 'a' }])
    socket.say({ type: 'unsubscribe', conversationId: 'c' })
    await accept('b')
    await stores.events.append([{ answerId: 'b', run: 1, events: [failed] }])
    await clock.advance(5_000)
    expect(socket.ofType('events')).toHaveLength(1)
  })

  it('is paused above 256 kB like an answer', async () => {
    const { clock, stores, socket, accept } = openWithGroups()
    socket.reads = false
    socket.say({ type: 'subscribe', conversationId: 'c' })
    for (const id of ['a', 'b', 'd']) {
      await accept(id)
      await stores.events.append([{ answerId: id, run: 1, events: Array(40).fill(large) }])
    }
    await clock.advance(0)
    expect(socket.bufferedAmount).toBeLessThan(pauseAboveBytes + 2 * maxFrameChars)
    socket.reads = true
    socket.drain()
    const count = () => ['a', 'b', 'd'].flatMap((id) => socket.eventSeqs(id)).length
    await until(() => count() === 120)
  })

  it('with a cursor that is none brings an error about it', async () => {
    const { clock, socket } = openWithGroups()
    socket.say({ type: 'subscribe', conversationId: 'c', startingAfter: 'x' })
    socket.say({ type: 'subscribe', userId: 'jane', startingAfter: 7 } as never)
    socket.say({ type: 'subscribe', userId: 'jane', answerId: 'a' } as never)
    await clock.advance(0)
    const about = { type: 'error', code: 'INVALID_INPUT', action: 'subscribe' }
    expect(socket.received).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...about, conversationId: 'c' }),
        expect.objectContaining({ ...about, userId: 'jane' }),
        expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringMatching(/needs/) }),
      ]),
    )
  })
})

describe('authorisation', () => {
  it('is asked for each kind of target', async () => {
    const asked: string[] = []
    const { clock, socket } = open({
      authorize(target) {
        asked.push(describeTarget(target))
        return false
      },
    })
    socket.say({ type: 'subscribe', conversationId: 'c' })
    socket.say({ type: 'subscribe', userId: 'jane' })
    socket.say({ type: 'subscribe', pipeline: 'greet' })
    await clock.advance(0)
    expect(asked).toEqual(['conversation "c"', 'user "jane"', 'pipeline "greet"'])
    expect(socket.received).toMatchObject([
      { type: 'error', code: 'FORBIDDEN', conversationId: 'c' },
      { type: 'error', code: 'FORBIDDEN', userId: 'jane' },
      { type: 'error', code: 'FORBIDDEN', pipeline: 'greet' },
    ])
  })

  it('is asked at every subscribe and cancel', async () => {
    const asked: string[] = []
    const { clock, socket } = open({
      authorize: (target, action) => asked.push(`${action} ${describeTarget(target)}`) > 0,
      cancel() {},
    })
    socket.say({ type: 'subscribe', answerId: 'a' })
    socket.say({ type: 'subscribe', answerId: 'b' })
    socket.say({ type: 'subscribe', answerId: 'a' })
    socket.say({ type: 'cancel', answerId: 'a' })
    await clock.advance(0)
    expect(asked).toEqual([
      'subscribe answer "a"',
      'subscribe answer "b"',
      'subscribe answer "a"',
      'cancel answer "a"',
    ])
  })

  it('refused brings an error and no event', async () => {
    const { clock, store, socket } = open({
      authorize: async (target) => kindOf(target).id !== 'a',
    })
    await store.append([{ answerId: 'a', run: 1, events: [failed] }])
    await store.append([{ answerId: 'b', run: 1, events: [failed] }])
    socket.say({ type: 'subscribe', answerId: 'a' })
    socket.say({ type: 'subscribe', answerId: 'b' })
    await clock.advance(0)
    expect(socket.ofType('error')).toMatchObject([{ code: 'FORBIDDEN', answerId: 'a' }])
    expect(socket.eventSeqs('a')).toEqual([])
    expect(socket.eventSeqs('b')).toEqual([1])
  })

  it('that comes after unsubscribe changes nothing', async () => {
    const { promise: allowed, resolve } = Promise.withResolvers<boolean>()
    const { clock, socket } = open({ authorize: () => allowed })
    socket.say({ type: 'subscribe', answerId: 'a' })
    socket.say({ type: 'unsubscribe', answerId: 'a' })
    resolve(true)
    await clock.advance(0)
    expect(socket.received).toEqual([])
  })

  it('that throws refuses, and keeps its words to itself', async () => {
    const { clock, socket } = open({
      authorize: () => Promise.reject(new Error('password of the directory is wrong')),
    })
    socket.say({ type: 'subscribe', answerId: 'a' })
    await clock.advance(0)
    expect(socket.ofType('error')).toMatchObject([{ code: 'INTERNAL', answerId: 'a' }])
    expect(JSON.stringify(socket.received)).not.toContain('password')
    expect(socket.ofType('subscribed')).toEqual([])
  })
})

describe('cancelling', () => {
  it('calls the handler and says so', async () => {
    const cancelled: string[] = []
    const { clock, socket } = open({ cancel: (answerId) => void cancelled.push(answerId) })
    socket.say({ type: 'cancel', answerId: 'a' })
    await clock.advance(0)
    expect(cancelled).toEqual(['a'])
    expect(socket.received).toEqual([{ type: 'cancel-requested', answerId: 'a' }])
  })

  it('without a handler is refused', async () => {
    const { clock, socket } = open()
    socket.say({ type: 'cancel', answerId: 'a' })
    await clock.advance(0)
    expect(socket.received).toMatchObject([{ type: 'error', code: 'FORBIDDEN', action: 'cancel' }])
  })
})

describe('a bad message', () => {
  it.each([
    ['no JSON', '{', 'INVALID_INPUT'],
    ['no object', '[]', 'INVALID_INPUT'],
    ['an unknown type', { type: 'shout', answerId: 'a' }, 'INVALID_INPUT'],
    ['no answer', { type: 'subscribe' }, 'INVALID_INPUT'],
    ['an empty id', { type: 'subscribe', answerId: '' }, 'INVALID_INPUT'],
    ['a bad number', { type: 'subscribe', answerId: 'a', startingAfter: -1 }, 'INVALID_INPUT'],
    ['too long', 'x'.repeat(maxMessageBytes + 1), 'INPUT_TOO_LARGE'],
  ])('%s brings an error and breaks nothing', async (_, message, code) => {
    const { clock, socket } = open()
    socket.say(message)
    socket.say({ type: 'ping' })
    await clock.advance(0)
    expect(socket.received).toMatchObject([{ type: 'error', code }, { type: 'pong' }])
  })
})

describe('the heartbeat', () => {
  it('pings every 15 s', async () => {
    const { clock, socket } = open()
    for (let count = 1; count <= 4; count++) {
      await clock.advance(15_000)
      expect(socket.pings).toBe(count)
      socket.emit('pong')
    }
    expect(socket.terminated).toBe(false)
  })

  it('ends a socket after two misses', async () => {
    const { clock, socket, served } = open()
    await clock.advance(44_999)
    expect(socket.terminated).toBe(false)
    await clock.advance(1)
    await served
    expect(socket.terminated).toBe(true)
  })

  it('takes any message as a sign of life', async () => {
    const { clock, socket } = open()
    for (let count = 0; count < 9; count++) {
      await clock.advance(15_000)
      socket.say({ type: 'ping' })
    }
    expect(socket.terminated).toBe(false)
  })
})

describe('a slow reader', () => {
  it('is paused above 256 kB and resumed from the log', async () => {
    const { clock, log, socket } = open()
    const writer = log.writer('a', 1)
    socket.say({ type: 'subscribe', answerId: 'a' })
    await clock.advance(0)
    socket.reads = false
    for (let count = 0; count < 300; count++) {
      writer.append(large)
      await clock.advance(5)
    }
    expect(socket.bufferedAmount).toBeGreaterThan(pauseAboveBytes)
    expect(socket.bufferedAmount).toBeLessThan(pauseAboveBytes + 2 * 10_100)
    writer.append(failed)
    socket.reads = true
    socket.drain()
    await clock.advance(5)
    expect(socket.eventSeqs()).toEqual(Array.from({ length: 301 }, (_, index) => index + 1))
    expect(socket.ofType('end')).toHaveLength(1)
    expect(socket.closedWith).toBeUndefined()
  })

  it('gets what it has missed in fewer and larger pieces', async () => {
    const { clock, log, socket } = open()
    const writer = log.writer('a', 1)
    socket.say({ type: 'subscribe', answerId: 'a' })
    await clock.advance(0)
    socket.reads = false
    for (let count = 0; count < 40; count++) {
      writer.append(large)
      await clock.advance(5)
    }
    for (let count = 0; count < 500; count++) {
      writer.append(token(`${count} `))
      await clock.advance(5)
    }
    writer.append(failed)
    socket.reads = true
    socket.drain()
    await clock.advance(5)
    expect(socket.eventSeqs()).toEqual(Array.from({ length: 541 }, (_, index) => index + 1))
    const sent = socket.ofType('events').flatMap((message) => Object.values(message).flat())
    expect(sent.length).toBeLessThan(200)
  })

  it('that is stuck for 30 s is closed with 1013 and its last number', async () => {
    const { clock, log, socket, served } = open()
    const writer = log.writer('a', 1)
    socket.say({ type: 'subscribe', answerId: 'a' })
    await clock.advance(0)
    socket.reads = false
    for (let count = 0; count < 40; count++) {
      writer.append(large)
      await clock.advance(5)
    }
    // Alive, but taking nothing.
    await clock.advance(15_000)
    socket.emit('pong')
    await clock.advance(15_000)
    const sent = socket.eventSeqs().at(-1)
    expect(socket.closedWith).toEqual({
      code: 1013,
      reason: `slow reader: resume a after ${sent}`,
    })
    await clock.advance(5_000)
    await served
    expect(socket.terminated).toBe(true)
  })

  it('of many answers is paused as one', async () => {
    const { clock, store, socket } = open()
    socket.reads = false
    for (let count = 0; count < 60; count++) {
      const answerId = `a${count}`
      await store.append([{ answerId, run: 1, events: Array(20).fill(large) }])
      socket.say({ type: 'subscribe', answerId })
    }
    await clock.advance(0)
    expect(socket.bufferedAmount).toBeLessThan(pauseAboveBytes + 2 * maxFrameChars)
    await clock.advance(30_000)
    expect(socket.closedWith?.code).toBe(1013)
    expect(Buffer.byteLength(socket.closedWith?.reason ?? '')).toBeLessThanOrEqual(123)
  })

  it('that asks and asks is closed above 1 MB', async () => {
    const { clock, socket } = open()
    socket.reads = false
    let asked = 0
    while (!socket.closedWith && asked < 100_000) {
      socket.say({ type: 'subscribe', answerId: '' })
      asked++
    }
    expect(socket.closedWith?.code).toBe(1013)
    expect(socket.bufferedAmount).toBeLessThan(closeAboveBytes + 1_000)
    await clock.advance(5_000)
    expect(socket.terminated).toBe(true)
  })

  it('gets an event that is larger than any bound', async () => {
    const { clock, store, socket } = open()
    const huge = token('x'.repeat(2 * closeAboveBytes))
    await store.append([{ answerId: 'a', run: 1, events: [started('a'), huge, huge, failed] }])
    socket.reads = false
    socket.say({ type: 'subscribe', answerId: 'a' })
    await clock.advance(0)
    // It fills the socket, which other answers must survive.
    socket.say({ type: 'ping' })
    expect(socket.closedWith).toBeUndefined()
    socket.reads = true
    socket.drain()
    await clock.advance(0)
    expect(socket.eventSeqs()).toEqual([1, 2, 3, 4])
  })

  it('that takes the close frame leaves no timer', async () => {
    const { clock, socket, served } = open()
    socket.reads = false
    while (!socket.closedWith) socket.say('{')
    socket.gone()
    await served
    expect(socket.terminated).toBe(false)
    expect(clock.pendingTimers).toBe(0)
  })

  it('costs the others nothing', async () => {
    const { clock, counts, log, socket: stuck, connect } = open()
    const others = Array.from({ length: 20 }, connect)
    stuck.reads = false
    for (const socket of [stuck, ...others.map((other) => other.socket)]) {
      socket.say({ type: 'subscribe', answerId: 'a' })
    }
    await clock.advance(0)
    const before = counts.reads
    const writer = log.writer('a', 1)
    for (let count = 1; count <= 200; count++) {
      writer.append(large)
      await clock.advance(5)
      // With each commit all others have the event, and nothing was read for it.
      for (const { socket } of others) expect(socket.eventSeqs().at(-1)).toBe(count)
    }
    expect(counts.reads).toBe(before)
    expect(stuck.eventSeqs().length).toBeLessThan(30)
  })
})

describe('a socket that is gone', () => {
  it('leaves no timer, no listener and no reader', async () => {
    const { clock, counts, log, socket, served } = open()
    const writer = log.writer('a', 1)
    for (const answerId of ['a', 'b', 'c']) socket.say({ type: 'subscribe', answerId })
    await clock.advance(0)
    socket.reads = false
    for (let count = 0; count < 40; count++) {
      writer.append(large)
      await clock.advance(5)
    }
    expect(clock.pendingTimers).toBeGreaterThan(0)
    socket.gone()
    await served
    expect(clock.pendingTimers).toBe(0)
    expect(counts.watchers).toBe(0)
    expect(socket.listenerCount('message') + socket.listenerCount('pong')).toBe(0)
  })

  it('while its rights are looked up gets nothing', async () => {
    const { promise: allowed, resolve } = Promise.withResolvers<boolean>()
    const { clock, counts, socket, served } = open({ authorize: () => allowed })
    socket.say({ type: 'subscribe', answerId: 'a' })
    await clock.advance(0)
    socket.gone()
    resolve(true)
    await served
    expect(socket.received).toEqual([])
    expect(counts.watchers).toBe(0)
  })
})

describe('over real sockets', () => {
  it('a stuck reader does not hold up the others', async () => {
    const clock = createFakeClock()
    const { store, counts } = countCalls(openMemoryStore({ clock }).events)
    const log = createEventLog({ store, clock })
    const server = await startLiveServer({ log, clock })
    const total = 400
    const connect = async () => {
      const socket = new WebSocket(server.url.replace('http', 'ws'))
      const seqs: number[] = []
      socket.on('message', (data) => {
        const message: ServerMessage = JSON.parse(data.toString())
        if (message.type === 'events') seqs.push(...seqsOf(message.events))
      })
      await new Promise((resolve) => socket.once('open', resolve))
      socket.send(JSON.stringify({ type: 'subscribe', answerId: 'a' }))
      return { socket, seqs }
    }
    const stuck = await connect()
    stuck.socket.pause()
    const others = [await connect(), await connect(), await connect()]
    await until(() => server.sockets.size === 4)
    const writer = log.writer('a', 1)
    for (let count = 0; count < total; count++) {
      writer.append(token('x'.repeat(50_000)))
      await clock.advance(5)
    }
    // 20 MB: more than the kernel holds for the stuck one.
    await until(() => others.every(({ seqs }) => seqs.length === total))
    const [buffered] = [...server.sockets]
      .map((socket) => socket.bufferedAmount)
      .sort((a, b) => b - a)
    expect(buffered).toBeGreaterThan(pauseAboveBytes)
    expect(buffered).toBeLessThan(closeAboveBytes)
    const readsForOthers = counts.reads
    writer.append(failed)
    await clock.advance(5)
    stuck.socket.resume()
    await until(() => stuck.seqs.length === total + 1)
    expect(stuck.seqs).toEqual(Array.from({ length: total + 1 }, (_, index) => index + 1))
    expect(readsForOthers).toBeLessThanOrEqual(4)
    for (const { socket } of [stuck, ...others]) socket.terminate()
    await server.close()
    await nextTurn()
    expect(clock.pendingTimers).toBe(0)
  })
})
