import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../base/clock.ts'
import { silentTelemetry, type Telemetry } from '../base/telemetry-port.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import type { AnswerGroups } from './answer-groups.ts'
import type { EventLog } from './event-log.ts'
import { every } from './every.ts'
import {
  closeGraceMs,
  heartbeatMs,
  maxFrameChars,
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
import { type LiveGroup, type LiveTarget, targetKey } from './live-target.ts'
import { coalesce } from './merge-entries.ts'
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
  readonly groups: AnswerGroups
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
  /** Of one answer: the last sequence number that was sent. */
  sentSeq: number | undefined
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
  const { log, groups, clock, authorize, cancel, telemetry = silentTelemetry } = options
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
    else if (message.type === 'unsubscribe') unsubscribe(message)
    else if (message.type === 'cancel') keep(requestCancel(message.answerId))
    else if ('answerId' in message) {
      const { answerId, startingAfter = 0 } = message
      keep(subscribe({ answerId }, (subscription) => feed(answerId, startingAfter, subscription)))
    } else {
      const { type, startingAfter, ...group } = message
      keep(subscribe(group, ({ abort }) => feedGroup(group, startingAfter, abort.signal)))
    }
  }

  function keep(task: Promise<void>): void {
    const kept = task.finally(() => tasks.delete(kept))
    tasks.add(kept)
  }

  async function subscribe(
    target: LiveTarget,
    run: (subscription: Subscription) => Promise<void>,
  ): Promise<void> {
    // A second subscribe starts anew from where it says; the client drops what it already has.
    unsubscribe(target)
    const about: Concern = { ...target, action: 'subscribe' }
    if (subscriptions.size >= maxSubscriptions) return report(tooManySubscriptions(), about)
    const key = targetKey(target)
    const subscription: Subscription = { abort: new AbortController(), sentSeq: undefined }
    const { signal } = subscription.abort
    subscriptions.set(key, subscription)
    try {
      await checkAllowed(target, 'subscribe')
      if (!signal.aborted) await run(subscription)
    } catch (error) {
      if (!signal.aborted) report(error, about, subscription.sentSeq)
    } finally {
      if (subscriptions.get(key) === subscription) subscriptions.delete(key)
    }
  }

  async function feed(
    answerId: string,
    afterSeq: number,
    subscription: Subscription,
  ): Promise<void> {
    const { signal } = subscription.abort
    let lastSeq = afterSeq
    let isBehind = false
    subscription.sentSeq = afterSeq
    say({ type: 'subscribed', answerId, startingAfter: afterSeq })
    for await (const events of log.subscribe(answerId, { afterSeq, signal })) {
      const lot = isBehind ? coalesce(events, maxFrameChars) : events
      // One event at a time is what a reader gets that is not behind any more.
      isBehind &&= events.length > 1
      for (const frame of inFrames(lot)) {
        if (await sendInTime(eventsText({ answerId }, frame), signal)) isBehind = true
        lastSeq = frame.at(-1)?.seq ?? lastSeq
        subscription.sentSeq = lastSeq
      }
    }
    say({ type: 'end', answerId, lastSeq })
  }

  async function feedGroup(
    group: LiveGroup,
    startingAfter: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const after = startingAfter === undefined ? {} : { startingAfter }
    let isBehind = false
    for await (const lot of groups.follow(group, { ...after, signal })) {
      const { answerId } = lot
      const events = isBehind ? coalesce(lot.events, maxFrameChars) : lot.events
      isBehind &&= lot.events.length > 1
      if (events.length === 0) say({ ...group, type: 'subscribed', cursor: lot.cursorAfter(0) })
      for (const frame of inFrames(events)) {
        const cursor = lot.cursorAfter(frame.at(-1)?.seq ?? 0)
        const text = eventsText({ ...group, answerId, cursor }, frame)
        if (await sendInTime(text, signal)) isBehind = true
      }
    }
  }

  /**
   * Tells whether it had to wait for room. Meanwhile the log is not asked for more, so nothing piles up
   * for this reader; what it has missed it gets in fewer and larger pieces.
   */
  async function sendInTime(text: string, signal: AbortSignal): Promise<boolean> {
    const isSlow = !sender.hasRoom
    while (!sender.hasRoom) await sender.room(signal)
    sender.send(text)
    return isSlow
  }

  function unsubscribe(target: LiveTarget): void {
    const key = targetKey(target)
    subscriptions.get(key)?.abort.abort()
    subscriptions.delete(key)
  }

  async function requestCancel(answerId: string): Promise<void> {
    try {
      await checkAllowed({ answerId }, 'cancel')
      await cancel?.(answerId)
      say({ type: 'cancel-requested', answerId })
    } catch (error) {
      report(error, { answerId, action: 'cancel' })
    }
  }

  async function checkAllowed(target: LiveTarget, action: LiveAction): Promise<void> {
    const isPossible = action === 'subscribe' || cancel !== undefined
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

/** By hand, since each event has its text already. */
function eventsText(facts: Readonly<Record<string, string>>, events: readonly SequencedEvent[]) {
  const head = JSON.stringify({ type: 'events', ...facts })
  return `${head.slice(0, -1)},"events":[${events.map(wireText).join(',')}]}`
}

/** The reason in the close frame. Where several answers are followed their numbers do not fit. */
function resumeAdvice(subscriptions: ReadonlyMap<string, Subscription>): string {
  const [first, second] = subscriptions
  const [key, { sentSeq } = {}] = first ?? []
  const advice = `slow reader: resume ${key?.replace('answer:', '')} after ${sentSeq}`
  const isOne = sentSeq !== undefined && !second
  if (isOne && Buffer.byteLength(advice) <= maxReasonBytes) return advice
  return 'slow reader: resume each answer after the last event received'
}
