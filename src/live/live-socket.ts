import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../base/clock.ts'
import { silentTelemetry, type Telemetry } from '../base/telemetry-port.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import type { EventLog } from './event-log.ts'
import { every } from './every.ts'
import {
  closeGraceMs,
  heartbeatMs,
  maxMessageBytes,
  maxSubscriptions,
  missesUntilDead,
} from './live-limits.ts'
import {
  type ClientMessage,
  type Concern,
  type LiveAction,
  parseClientMessage,
  type ServerMessage,
} from './live-message.ts'
import type { LiveTarget } from './live-target.ts'
import {
  messageTooLarge,
  notAllowed,
  socketProblem,
  tooManySubscriptions,
} from './socket-problem.ts'
import { createSocketSender } from './socket-sender.ts'
import { inFrames, wireText } from './wire-text.ts'

export interface LiveSocketOptions {
  readonly log: Pick<EventLog, 'subscribe'>
  readonly clock: Clock
  /**
   * Whether the user behind this socket may do that with the target; asked at every subscribe and
   * every cancel, since an id is not a credential. What it throws is told to the client as an error.
   */
  readonly authorize: (target: LiveTarget, action: LiveAction) => boolean | Promise<boolean>
  /** Cancels the making of an answer. Left out: clients cannot. */
  readonly cancel?: (answerId: string) => void | Promise<void>
  readonly telemetry?: Telemetry
}

/** RFC 6455, section 7.4.1, and the registry of close codes: try again later. */
const tryAgainLater = 1_013
/** What fits a close frame. */
const maxReasonBytes = 123

interface Subscription {
  readonly abort: AbortController
  sentSeq: number
}

/**
 * Serves the live protocol (docs/protocol.md, with the states of a subscription) on a WebSocket that
 * the server has accepted: any number of answers, each from any sequence number. Resolves when the
 * socket is closed and all that was held for it is freed. It never rejects, and no message of the
 * client breaks the socket.
 */
export async function serveLiveSocket(
  socket: WebSocket,
  options: LiveSocketOptions,
): Promise<void> {
  if (socket.readyState !== socket.OPEN) return
  const { log, clock, authorize, cancel, telemetry = silentTelemetry } = options
  const subscriptions = new Map<string, Subscription>()
  const tasks = new Set<Promise<void>>()
  const sender = createSocketSender(socket, clock, closeSlowReader)
  let unansweredPings = 0
  let cancelTerminate = () => {}

  function say(message: ServerMessage): void {
    sender.send(JSON.stringify(message))
  }

  function report(error: unknown, about?: Concern, lastSeq?: number): void {
    const { code, message, isOurs } = socketProblem(error, lastSeq)
    if (isOurs) telemetry.log('error', 'A request on a live socket failed.', { ...about }, error)
    say({ type: 'error', code, message, ...about })
  }

  function onMessage(data: RawData): void {
    unansweredPings = 0
    if (sizeOf(data) > maxMessageBytes) {
      report(messageTooLarge())
      return
    }
    const parsed = parseClientMessage(data.toString())
    if (parsed.ok) act(parsed.message)
    else report(parsed.problem, parsed.about)
  }

  function act(message: ClientMessage): void {
    if (message.type === 'ping') say({ type: 'pong' })
    else if (message.type === 'unsubscribe') unsubscribe(message.answerId)
    else if (message.type === 'cancel') keep(requestCancel(message.answerId))
    else keep(subscribe(message.answerId, message.startingAfter ?? 0))
  }

  function keep(task: Promise<void>): void {
    const kept = task.finally(() => tasks.delete(kept))
    tasks.add(kept)
  }

  async function subscribe(answerId: string, startingAfter: number): Promise<void> {
    // A second subscribe starts anew from where it says; the client drops what it already has.
    unsubscribe(answerId)
    const about: Concern = { answerId, action: 'subscribe' }
    if (subscriptions.size >= maxSubscriptions) return report(tooManySubscriptions(), about)
    const subscription = { abort: new AbortController(), sentSeq: startingAfter }
    const { signal } = subscription.abort
    subscriptions.set(answerId, subscription)
    try {
      await checkAllowed(about)
      if (!signal.aborted) await feed(answerId, subscription)
    } catch (error) {
      if (!signal.aborted) report(error, about, subscription.sentSeq)
    } finally {
      if (subscriptions.get(answerId) === subscription) subscriptions.delete(answerId)
    }
  }

  async function feed(answerId: string, subscription: Subscription): Promise<void> {
    const { signal } = subscription.abort
    const afterSeq = subscription.sentSeq
    say({ type: 'subscribed', answerId, startingAfter: afterSeq })
    for await (const events of log.subscribe(answerId, { afterSeq, signal })) {
      for (const frame of inFrames(events)) {
        // While there is no room the log is not asked for more, so nothing piles up for this reader.
        while (!sender.hasRoom) await sender.room(signal)
        sender.send(eventsText(answerId, frame))
        subscription.sentSeq = frame.at(-1)?.seq ?? subscription.sentSeq
      }
    }
    say({ type: 'end', answerId, lastSeq: subscription.sentSeq })
  }

  function unsubscribe(answerId: string): void {
    subscriptions.get(answerId)?.abort.abort()
    subscriptions.delete(answerId)
  }

  async function requestCancel(answerId: string): Promise<void> {
    try {
      await checkAllowed({ answerId, action: 'cancel' })
      await cancel?.(answerId)
      say({ type: 'cancel-requested', answerId })
    } catch (error) {
      report(error, { answerId, action: 'cancel' })
    }
  }

  async function checkAllowed({ answerId, action }: Concern): Promise<void> {
    const isPossible = action === 'subscribe' || cancel !== undefined
    const target = { answerId }
    if (!isPossible || !(await authorize(target, action))) throw notAllowed(target, action)
  }

  function beat(): void {
    if (unansweredPings >= missesUntilDead) {
      socket.terminate()
    } else {
      unansweredPings++
      socket.ping()
    }
  }

  function closeSlowReader(): void {
    const reason = resumeAdvice(subscriptions)
    telemetry.log('warn', 'A live socket is closed, its reader is too slow.', { reason })
    stopFeeds()
    socket.close(tryAgainLater, reason)
    cancelTerminate = clock.setTimer(closeGraceMs, () => socket.terminate())
  }

  function stopFeeds(): void {
    for (const { abort } of subscriptions.values()) abort.abort()
    subscriptions.clear()
  }

  const stopHeartbeat = every(clock, heartbeatMs, beat)
  await closeOf(socket, {
    onMessage,
    onPong() {
      unansweredPings = 0
    },
    onError(error) {
      telemetry.log('debug', 'A live socket broke.', {}, error)
    },
  })
  stopHeartbeat()
  cancelTerminate()
  sender.release()
  stopFeeds()
  await Promise.all(tasks)
}

interface SocketListeners {
  onMessage(data: RawData): void
  onPong(): void
  onError(error: Error): void
}

/** Listens until the socket is closed. */
function closeOf(socket: WebSocket, listeners: SocketListeners): Promise<void> {
  const { onMessage, onPong, onError } = listeners
  return new Promise((resolve) => {
    socket.on('message', onMessage).on('pong', onPong).on('error', onError)
    socket.once('close', () => {
      socket.off('message', onMessage).off('pong', onPong).off('error', onError)
      resolve()
    })
  })
}

function sizeOf(data: RawData): number {
  if (Array.isArray(data)) return data.reduce((bytes, part) => bytes + part.byteLength, 0)
  return data.byteLength
}

function eventsText(answerId: string, events: readonly SequencedEvent[]): string {
  const list = events.map(wireText).join(',')
  return `{"type":"events","answerId":${JSON.stringify(answerId)},"events":[${list}]}`
}

/** The reason in the close frame. Where several answers are followed their numbers do not fit. */
function resumeAdvice(subscriptions: ReadonlyMap<string, Subscription>): string {
  const [first, second] = subscriptions
  const advice = `slow reader: resume ${first?.[0]} after ${first?.[1].sentSeq}`
  if (first && !second && Buffer.byteLength(advice) <= maxReasonBytes) return advice
  return 'slow reader: resume each answer after the last event received'
}
