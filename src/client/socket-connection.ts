import type { ClientMessage, ServerMessage } from '../live/live-message.ts'
import type { LiveGroup } from '../live/live-target.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import { disconnected, LiveError } from './live-error.ts'
import { createMailbox, type Mailbox } from './mailbox.ts'
import type { ClientClock } from './page-clock.ts'
import { createSocketGroups, type GroupBatch } from './socket-groups.ts'

/** What is used of a WebSocket: the browser's, Node's own and that of `ws` have it. */
export interface SocketLike {
  send(text: string): void
  close(code?: number): void
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (message: { data: unknown }) => void): void
}

/** One socket from its handshake to its end, and the answers that are followed over it. */
export interface SocketConnection {
  /** Resolves when the socket stands; rejects when it could not be opened. */
  readonly opened: Promise<void>
  readonly isOver: boolean
  /**
   * The events of one answer, in lots; an empty lot when the server has taken the subscription.
   * Events before the cursor may be among them, where another follower of the answer needs them.
   * Returns when nothing follows, throws when the socket breaks.
   */
  stream(
    answerId: string,
    afterSeq: number,
    signal: AbortSignal,
  ): AsyncGenerator<readonly SequencedEvent[], void>
  /**
   * The events of all answers of a group, after a cursor; the first batch has none and comes when the
   * server has taken the subscription. At most one stream per group. Throws when the socket breaks.
   */
  streamGroup(
    group: LiveGroup,
    startingAfter: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<GroupBatch, void>
  /** Resolves when the server has taken the request to cancel. */
  cancel(answerId: string): Promise<void>
  close(): void
}

/** A handshake that takes longer will not come. */
const openWithinMs = 10_000
/** A page cannot see the server's pings, so it asks, a little less often than the server does. */
const pingEveryMs = 20_000
/** Pings without any message from the server after which the socket is dead. */
const missesUntilDead = 2
/** An unused socket stays for the next answer of the same visit. */
const idleMs = 30_000

type ServerError = Extract<ServerMessage, { type: 'error' }>

/** All who follow one answer. They share one subscription, from where the last of them stands. */
interface Following {
  readonly followers: Set<Follower>
  /** The cursor of a subscribe that the server has not confirmed; what comes before is of an older one. */
  awaiting: number | undefined
}

interface Follower {
  readonly mailbox: Mailbox<readonly SequencedEvent[]>
  /** The last sequence number that it has been given. */
  seq: number
}

export function openConnection(socket: SocketLike, clock: ClientClock): SocketConnection {
  const followings = new Map<string, Following>()
  const cancels = new Map<string, PromiseWithResolvers<void>>()
  const groups = createSocketGroups(say)
  const opened = Promise.withResolvers<void>()
  let isOver = false
  let unansweredPings = 0
  let cancelIdle = () => {}
  let cancelTimer = clock.setTimer(openWithinMs, () => breakOff('did not open in time'))

  socket.addEventListener('open', () => {
    cancelTimer()
    cancelTimer = clock.setTimer(pingEveryMs, ping)
    opened.resolve()
    watchIdle()
  })
  socket.addEventListener('error', () => breakOff('failed'))
  socket.addEventListener('close', () => breakOff('was closed'))
  socket.addEventListener('message', ({ data }) => {
    unansweredPings = 0
    const message = parseServerMessage(data)
    if (message) receive(message)
    else breakOff('does not speak the live protocol')
  })

  function say(message: ClientMessage): void {
    if (!isOver) socket.send(JSON.stringify(message))
  }

  function breakOff(how: string): void {
    if (isOver) return
    isOver = true
    cancelTimer()
    cancelIdle()
    const error = disconnected(how)
    opened.reject(error)
    for (const answerId of followings.keys()) failFollowers(answerId, error)
    groups.failAll(error)
    for (const cancel of cancels.values()) cancel.reject(error)
    socket.close()
  }

  function ping(): void {
    if (unansweredPings >= missesUntilDead) {
      breakOff('went silent')
    } else {
      unansweredPings++
      say({ type: 'ping' })
      cancelTimer = clock.setTimer(pingEveryMs, ping)
    }
  }

  function watchIdle(): void {
    cancelIdle()
    if (isOver || followings.size > 0 || cancels.size > 0 || !groups.isEmpty) return
    cancelIdle = clock.setTimer(idleMs, () => breakOff('was not used'))
  }

  function receive(message: ServerMessage): void {
    if (groups.receive(message)) return
    if (message.type === 'subscribed' && 'answerId' in message) {
      onSubscribed(message.answerId, message.startingAfter)
    } else if (message.type === 'events') onEvents(message.answerId, message.events)
    else if (message.type === 'end') onEnd(message.answerId)
    else if (message.type === 'cancel-requested') settleCancel(message.answerId)
    else if (message.type === 'error') onError(message)
  }

  function onSubscribed(answerId: string, startingAfter: number): void {
    const following = followings.get(answerId)
    if (following?.awaiting !== startingAfter) return
    following.awaiting = undefined
    for (const { mailbox } of following.followers) mailbox.put([])
  }

  function onEvents(answerId: string, events: readonly SequencedEvent[]): void {
    const following = followings.get(answerId)
    if (!following || following.awaiting !== undefined) return
    for (const follower of following.followers) {
      follower.seq = Math.max(follower.seq, events.at(-1)?.seq ?? 0)
      follower.mailbox.put(events)
    }
  }

  function onEnd(answerId: string): void {
    const following = followings.get(answerId)
    if (!following || following.awaiting !== undefined) return
    followings.delete(answerId)
    for (const { mailbox } of following.followers) mailbox.end()
  }

  function onError({ code, message, action, ...about }: ServerError): void {
    const error = new LiveError(code, message)
    const answerId = 'answerId' in about ? about.answerId : undefined
    if (answerId === undefined) {
      // The server could not read something: it is one of the requests that it has not confirmed.
      for (const [unsure, { awaiting }] of followings) {
        if (awaiting !== undefined) failFollowers(unsure, error)
      }
      groups.failUnconfirmed(error)
      for (const unsure of cancels.keys()) settleCancel(unsure, error)
    } else if (action === 'cancel') {
      settleCancel(answerId, error)
    } else {
      failFollowers(answerId, error)
    }
  }

  function failFollowers(answerId: string, error: LiveError): void {
    const following = followings.get(answerId)
    followings.delete(answerId)
    for (const { mailbox } of following?.followers ?? []) mailbox.fail(error)
  }

  function settleCancel(answerId: string, error?: LiveError): void {
    const cancel = cancels.get(answerId)
    cancels.delete(answerId)
    if (error) cancel?.reject(error)
    else cancel?.resolve()
    watchIdle()
  }

  function join(answerId: string, follower: Follower): Following {
    const following = followings.get(answerId) ?? { followers: new Set(), awaiting: undefined }
    followings.set(answerId, following)
    following.followers.add(follower)
    following.awaiting = Math.min(...[...following.followers].map(({ seq }) => seq))
    say({ type: 'subscribe', answerId, startingAfter: following.awaiting })
    return following
  }

  function leave(answerId: string, following: Following, follower: Follower): void {
    following.followers.delete(follower)
    const isCurrent = followings.get(answerId) === following
    if (isCurrent && following.followers.size === 0) {
      followings.delete(answerId)
      say({ type: 'unsubscribe', answerId })
    }
    watchIdle()
  }

  return {
    opened: opened.promise,
    get isOver() {
      return isOver
    },
    async *stream(answerId, afterSeq, signal) {
      if (isOver) throw disconnected('was closed')
      const follower = { mailbox: createMailbox<readonly SequencedEvent[]>(), seq: afterSeq }
      cancelIdle()
      const following = join(answerId, follower)
      try {
        yield* follower.mailbox.take(signal)
      } finally {
        leave(answerId, following, follower)
      }
    },
    async *streamGroup(group, startingAfter, signal) {
      if (isOver) throw disconnected('was closed')
      cancelIdle()
      try {
        yield* groups.stream(group, startingAfter, signal)
      } finally {
        watchIdle()
      }
    },
    cancel(answerId) {
      if (isOver) return Promise.reject(disconnected('was closed'))
      const asked = cancels.get(answerId)
      if (asked) return asked.promise
      const cancel = Promise.withResolvers<void>()
      cancels.set(answerId, cancel)
      cancelIdle()
      say({ type: 'cancel', answerId })
      return cancel.promise
    },
    close: () => breakOff('was closed by this side'),
  }
}

function parseServerMessage(data: unknown): ServerMessage | undefined {
  if (typeof data !== 'string') return undefined
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}
