import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { createEventLog } from '../live/event-log.ts'
import {
  failed,
  type LiveServer,
  type LiveServerOptions,
  seqsOf,
  started,
  startLiveServer,
  token,
  until,
} from '../live/live.fixture.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { createLiveClient, type LiveClientOptions } from './live-client.ts'
import type { LiveState } from './live-state.ts'
import type { SocketLike } from './socket-connection.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const open = async (
  serverOptions: Partial<LiveServerOptions> = {},
  clientOptions: Partial<LiveClientOptions> = {},
) => {
  const clock = createFakeClock()
  const store = openMemoryStore({ clock }).events
  const log = createEventLog({ store, clock, groupCommitMs: 0 })
  const server: LiveServer = await startLiveServer({ log, clock, ...serverOptions })
  const clientClock = createFakeClock()
  const client = createLiveClient({
    url: server.url,
    WebSocket,
    clock: clientClock,
    random: () => 0,
    ...clientOptions,
  })
  closers.push(server.close, client.close)
  const follow = (answerId: string, startingAfter = 0, signal?: AbortSignal) =>
    reading(client.follow(answerId, signal ? { startingAfter, signal } : { startingAfter }))
  return { store, log, server, client, clientClock, follow }
}

/** Reads on its own, and shows how far it has got. */
const reading = (events: AsyncIterable<SequencedEvent>) => {
  const received: SequencedEvent[] = []
  const done = (async () => {
    for await (const event of events) received.push(event)
    return received
  })()
  // Whoever expects the failure awaits `done`; the others fail by what they have received.
  done.catch(() => undefined)
  return { received, done }
}

const ways = [
  { way: 'over WebSocket', Socket: WebSocket },
  { way: 'over server-sent events', Socket: null },
]

describe.each(ways)('$way', ({ Socket }) => {
  it('an answer is followed to its end', async () => {
    const { store, log, follow } = await open({}, { WebSocket: Socket })
    const { received, done } = follow('a')
    const writer = log.writer('a', 1)
    for (const [index, event] of [started('a'), token('x'), failed].entries()) {
      writer.append(event)
      await until(() => received.length === index + 1)
    }
    expect(await done).toEqual(await store.read('a', 0))
  })

  it('it goes on after the number given', async () => {
    const { store, follow } = await open({}, { WebSocket: Socket })
    await store.append([{ answerId: 'a', run: 1, events: [started('a'), token('x'), failed] }])
    expect(seqsOf(await follow('a', 1).done)).toEqual([2, 3])
    expect(seqsOf(await follow('a', 3).done)).toEqual([])
  })

  it('a refusal is thrown', async () => {
    const { follow } = await open({ authorize: () => false }, { WebSocket: Socket })
    await expect(follow('a').done).rejects.toMatchObject({ code: 'FORBIDDEN', retryable: false })
  })

  it('a number that the log does not hold is refused', async () => {
    const { store, follow } = await open({}, { WebSocket: Socket })
    await store.append([{ answerId: 'a', run: 1, events: [started('a')] }])
    await expect(follow('a', 7).done).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('the state tells of each break and of its end', async () => {
    const { log, server, client, clientClock, follow } = await open({}, { WebSocket: Socket })
    const seen: LiveState[] = []
    client.onState((state) => seen.push(state))
    const { received, done } = follow('a')
    const writer = log.writer('a', 1)
    writer.append(started('a'))
    await until(() => received.length === 1)
    for (let breaks = 0; breaks < 3; breaks++) {
      for (const socket of server.sockets) socket.terminate()
      for (const response of server.responses) response.destroy()
      await until(() => client.state === 'waiting')
      // Each time the shortest wait, since the connection stood in between.
      await clientClock.advance(125)
      await until(() => client.state === 'open')
    }
    writer.append(failed)
    await done
    const aBreak = ['waiting', 'connecting', 'open']
    expect(seen).toEqual(['connecting', 'open', ...aBreak, ...aBreak, ...aBreak, 'idle'])
    expect(seqsOf(received)).toEqual([1, 2])
  })

  it('it is cancelled by the server handler', async () => {
    const cancelled: string[] = []
    const { client } = await open(
      { cancel: (answerId) => void cancelled.push(answerId) },
      { WebSocket: Socket },
    )
    await client.cancel('a')
    expect(cancelled).toEqual(['a'])
  })

  it('a signal ends one and leaves the others', async () => {
    const { log, server, follow } = await open({}, { WebSocket: Socket })
    const abort = new AbortController()
    const left = follow('a', 0, abort.signal)
    const other = follow('b')
    const writer = log.writer('b', 1)
    writer.append(started('b'))
    await until(() => other.received.length === 1)
    abort.abort('enough')
    await expect(left.done).rejects.toBe('enough')
    writer.append(failed)
    expect(seqsOf(await other.done)).toEqual([1, 2])
    await until(() => server.responses.size === 0)
  })

  it('closing ends all and leaves no timer', async () => {
    const { client, clientClock, log, server, follow } = await open({}, { WebSocket: Socket })
    const standing = follow('a')
    log.writer('a', 1).append(started('a'))
    await until(() => standing.received.length === 1)
    client.close()
    await expect(standing.done).rejects.toMatchObject({ code: 'CLIENT_CLOSED' })
    await expect(follow('b').done).rejects.toMatchObject({ code: 'CLIENT_CLOSED' })
    await until(() => server.serving.size === 0)
    expect(clientClock.pendingTimers).toBe(0)
  })

  it('what went silent is followed anew', async () => {
    // The server's clock stands still, so it sends no heartbeat, and its pongs are lost.
    const { log, client, clientClock, follow } = await open({}, { WebSocket: Socket && DeafSocket })
    const { received, done } = follow('a')
    const writer = log.writer('a', 1)
    writer.append(started('a'))
    await until(() => received.length === 1)
    const seen: LiveState[] = []
    client.onState((state) => seen.push(state))
    await clientClock.advance(60_000)
    expect(seen[0]).toBe('waiting')
    await clientClock.advance(1_000)
    await until(() => client.state === 'open')
    writer.append(failed)
    expect(seqsOf(await done)).toEqual([1, 2])
  })
})

/** A real socket on a line that loses every pong. */
class DeafSocket extends WebSocket {
  override emit(event: string | symbol, ...rest: unknown[]): boolean {
    if (event === 'message' && String(rest[0]) === '{"type":"pong"}') return true
    return super.emit(event, ...rest)
  }
}

describe('one socket', () => {
  it('carries all answers', async () => {
    const { log, server, follow } = await open()
    const readings = ['a', 'b', 'c', 'd', 'e'].map((answerId) => follow(answerId))
    await until(() => server.sockets.size === 1)
    for (const answerId of ['a', 'b', 'c', 'd', 'e']) log.writer(answerId, 1).append(failed)
    for (const { done } of readings) expect(await done).toHaveLength(1)
    expect(server.sockets.size).toBe(1)
  })

  it('serves two readers of one answer, each from its place', async () => {
    const { log, follow } = await open()
    const writer = log.writer('a', 1)
    const first = follow('a')
    for (const event of [started('a'), token('x'), started('a')]) {
      writer.append(event)
      await writer.flush()
    }
    await until(() => first.received.length === 3)
    const late = follow('a')
    const later = follow('a', 2)
    await until(() => later.received.length === 1)
    writer.append(failed)
    expect(seqsOf(await first.done)).toEqual([1, 2, 3, 4])
    expect(seqsOf(await late.done)).toEqual([1, 2, 3, 4])
    expect(seqsOf(await later.done)).toEqual([3, 4])
  })

  it('is closed when it is not used for 30 s', async () => {
    const { log, server, clientClock, follow } = await open()
    const { done } = follow('a')
    log.writer('a', 1).append(failed)
    await done
    await clientClock.advance(29_999)
    expect(server.sockets.size).toBe(1)
    await clientClock.advance(1)
    await until(() => server.sockets.size === 0)
    expect(clientClock.pendingTimers).toBe(0)
  })

  it('that breaks while it is not used leaves no timer', async () => {
    const { log, server, clientClock, follow } = await open()
    const { done } = follow('a')
    log.writer('a', 1).append(failed)
    await done
    expect(clientClock.pendingTimers).toBe(2)
    for (const socket of server.sockets) socket.terminate()
    await until(() => clientClock.pendingTimers === 0)
  })

  it('asks for its address before each opening', async () => {
    const tickets: string[] = []
    const opened = await open(
      {},
      {
        socketUrl: async () => {
          tickets.push(`ticket ${tickets.length + 1}`)
          return `/v1/live?ticket=${tickets.length}`
        },
      },
    )
    const { received, done } = opened.follow('a')
    const writer = opened.log.writer('a', 1)
    writer.append(started('a'))
    await until(() => received.length === 1)
    for (const socket of opened.server.sockets) socket.terminate()
    await until(() => opened.client.state === 'waiting')
    await opened.clientClock.advance(125)
    writer.append(failed)
    await done
    expect(tickets).toEqual(['ticket 1', 'ticket 2'])
  })
})

describe('where no WebSocket passes', () => {
  it('server-sent events are used after two failures', async () => {
    const { log, server, clientClock, follow } = await open({ refuseSockets: true })
    const { received, done } = follow('a')
    const writer = log.writer('a', 1)
    writer.append(started('a'))
    while (received.length === 0) await clientClock.advance(50)
    expect(server.responses.size).toBe(1)
    writer.append(failed)
    expect(await done).toHaveLength(2)
  })

  it('a constructor that throws is no obstacle', async () => {
    class Forbidden {
      constructor() {
        throw new Error('The operation is insecure.')
      }
    }
    const { log, clientClock, follow } = await open(
      {},
      { WebSocket: Forbidden as unknown as new (url: string) => SocketLike },
    )
    const { received, done } = follow('a')
    log.writer('a', 1).append(failed)
    while (received.length === 0) await clientClock.advance(50)
    expect(await done).toHaveLength(1)
  })

  it('and no server answers, both are tried in turn', async () => {
    const tried: string[] = []
    class Unreachable {
      constructor() {
        tried.push('socket')
        throw new Error('refused')
      }
    }
    const { clientClock, follow } = await open(
      {},
      {
        WebSocket: Unreachable as unknown as new (url: string) => SocketLike,
        fetch: () => {
          tried.push('events')
          return Promise.reject(new TypeError('fetch failed'))
        },
      },
    )
    follow('a')
    for (let count = 0; count < 40; count++) await clientClock.advance(1_000)
    expect(tried.slice(0, 7)).toEqual([
      'socket',
      'socket',
      'events',
      'socket',
      'events',
      'socket',
      'events',
    ])
  })
})

describe('a server message', () => {
  /** A socket whose other end is the test. */
  class ScriptedSocket {
    static last: ScriptedSocket | undefined
    readonly said: unknown[] = []
    private readonly listeners = new Map<string, (event: { data: unknown }) => void>()
    constructor() {
      ScriptedSocket.last = this
    }
    addEventListener(type: string, listener: (event: { data: unknown }) => void): void {
      this.listeners.set(type, listener)
    }
    send(text: string): void {
      this.said.push(JSON.parse(text))
    }
    close(): void {
      this.listeners.get('close')?.({ data: undefined })
    }
    emit(type: string, message?: unknown): void {
      this.listeners.get(type)?.({ data: JSON.stringify(message) })
    }
  }

  const openScripted = async () => {
    const opened = await open({}, { WebSocket: ScriptedSocket })
    const connect = async () => {
      await until(() => ScriptedSocket.last !== undefined)
      const socket = ScriptedSocket.last
      ScriptedSocket.last = undefined
      if (!socket) throw new Error('no socket')
      socket.emit('open')
      await until(() => socket.said.length > 0)
      return socket
    }
    return { ...opened, connect }
  }
  const event = (seq: number) => ({ seq, atMs: 0, event: seq === 4 ? failed : token('x') })

  it('of an older subscription is not taken for the new', async () => {
    const { follow, connect } = await openScripted()
    const abort = new AbortController()
    const older = follow('a', 2, abort.signal)
    const socket = await connect()
    abort.abort('enough')
    await expect(older.done).rejects.toBe('enough')
    const { done } = follow('a')
    await until(() => socket.said.length === 3)
    // The answers to the first subscribe cross the second one on their way.
    socket.emit('message', { type: 'subscribed', answerId: 'a', startingAfter: 2 })
    socket.emit('message', { type: 'events', answerId: 'a', events: [event(3), event(4)] })
    socket.emit('message', { type: 'end', answerId: 'a', lastSeq: 4 })
    socket.emit('message', { type: 'subscribed', answerId: 'a', startingAfter: 0 })
    const events = [1, 2, 3, 4].map(event)
    socket.emit('message', { type: 'events', answerId: 'a', events })
    expect(seqsOf(await done)).toEqual([1, 2, 3, 4])
  })

  it('that is not the protocol breaks the socket', async () => {
    const { client, follow, connect } = await openScripted()
    follow('a')
    const socket = await connect()
    socket.emit('message', undefined)
    await until(() => client.state === 'waiting')
  })

  it('that the server cannot do it now is tried again', async () => {
    const { client, clientClock, follow, connect } = await openScripted()
    const { done } = follow('a')
    const socket = await connect()
    const about = { answerId: 'a', action: 'subscribe' }
    socket.emit('message', { type: 'error', code: 'STORE_UNAVAILABLE', message: '…', ...about })
    await until(() => client.state === 'waiting')
    await clientClock.advance(125)
    await until(() => socket.said.length === 2)
    socket.emit('message', { type: 'subscribed', answerId: 'a', startingAfter: 0 })
    socket.emit('message', { type: 'events', answerId: 'a', events: [1, 2, 3, 4].map(event) })
    expect(await done).toHaveLength(4)
  })

  it('about nothing in particular ends what is not confirmed', async () => {
    const { follow, connect } = await openScripted()
    const { done } = follow('x'.repeat(300))
    const socket = await connect()
    socket.emit('message', { type: 'error', code: 'INVALID_INPUT', message: 'Too long an id.' })
    await expect(done).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})

it('a page loads the client without a bundler', () => {
  const folder = new URL('.', import.meta.url)
  const sources = readdirSync(folder).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
  )
  expect(sources.length).toBeGreaterThan(5)
  for (const name of sources) {
    const source = readFileSync(new URL(name, folder), 'utf8')
    const statements = source.match(/^(?:import|export)\b[^;]*?from '[^']+'/gm) ?? []
    for (const statement of statements) {
      const isErased = /^(?:import|export) type\b/.test(statement)
      if (!isErased) expect(statement, name).toMatch(/from '\.\/[\w-]+\.ts'$/)
    }
    expect(source, name).not.toMatch(/\b(?:require|import)\(|\b(?:process|Buffer)\./)
  }
})
