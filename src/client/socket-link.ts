import type { LiveGroup } from '../live/live-target.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import { abortable } from './abortable.ts'
import { disconnected } from './live-error.ts'
import type { ClientClock } from './page-clock.ts'
import { openConnection, type SocketConnection, type SocketLike } from './socket-connection.ts'
import type { GroupBatch } from './socket-groups.ts'

export type SocketConstructor = new (url: string) => SocketLike

/** The one socket of a client: opened when it is needed, and again after a break. */
export interface SocketLink {
  /** As of SocketConnection, over whichever socket stands. */
  stream(
    answerId: string,
    afterSeq: number,
    signal: AbortSignal,
  ): AsyncGenerator<readonly SequencedEvent[], void>
  streamGroup(
    group: LiveGroup,
    startingAfter: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<GroupBatch, void>
  cancel(answerId: string, signal: AbortSignal): Promise<void>
  /** Whether WebSocket can be had here, as far as was seen: not so after two failures and no success. */
  readonly isPromising: boolean
  /** Gives WebSocket one more try, since the other way did not work either. */
  tryAgain(): void
  close(): void
}

export interface SocketLinkOptions {
  /** Asked before each opening. */
  readonly url: () => string | Promise<string>
  readonly Socket: SocketConstructor
  readonly clock: ClientClock
}

/** One failure may be the moment; two say that something on the way lets no WebSocket pass. */
const failuresUntilHopeless = 2

export function createSocketLink({ url, Socket, clock }: SocketLinkOptions): SocketLink {
  let current: Promise<SocketConnection> | undefined
  let connection: SocketConnection | undefined
  let failures = 0
  let closed = false

  async function open(): Promise<SocketConnection> {
    const address = webSocketAddress(await url())
    if (closed) throw disconnected('was closed by this side')
    connection = openConnection(new Socket(address), clock)
    await connection.opened
    return connection
  }

  async function openAndCount(): Promise<SocketConnection> {
    try {
      const opened = await open()
      // It has worked once, so what fails later is the network, and WebSocket stays the way.
      failures = Number.NEGATIVE_INFINITY
      return opened
    } catch (error) {
      failures++
      current = undefined
      throw error
    }
  }

  async function connect(signal: AbortSignal): Promise<SocketConnection> {
    for (;;) {
      current ??= openAndCount()
      const mine = current
      const opened = await abortable(mine, signal)
      if (!opened.isOver) return opened
      // Another that noticed first may have opened the next one already.
      if (current === mine) current = undefined
    }
  }

  return {
    get isPromising() {
      return failures < failuresUntilHopeless
    },
    tryAgain() {
      failures = Math.min(failures, failuresUntilHopeless - 1)
    },
    async *stream(answerId, afterSeq, signal) {
      const standing = await connect(signal)
      yield* standing.stream(answerId, afterSeq, signal)
    },
    async *streamGroup(group, startingAfter, signal) {
      const standing = await connect(signal)
      yield* standing.streamGroup(group, startingAfter, signal)
    },
    async cancel(answerId, signal) {
      const standing = await connect(signal)
      await abortable(standing.cancel(answerId), signal)
    },
    close() {
      closed = true
      connection?.close()
    },
  }
}

/** Not every WebSocket takes an http address. */
function webSocketAddress(url: string): string {
  return url.replace(/^http/, 'ws')
}
