import type { LiveGroup } from '../live/live-target.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import { cutEvent } from './cut-event.ts'
import { streamEvents, streamGroupEvents } from './event-stream.ts'
import { LiveError, refusedWith } from './live-error.ts'
import { createLiveStates, type LiveState } from './live-state.ts'
import { type ClientClock, pageClock } from './page-clock.ts'
import { createRecentSeqs } from './recent-seqs.ts'
import { createRetryGate } from './retry-gate.ts'
import { createSocketLink, type SocketConstructor } from './socket-link.ts'

/** Follows answers while they are made, through every break of the connection. */
export interface LiveClient {
  /**
   * The events of an answer after `startingAfter` (default 0: all), each exactly once and in order,
   * first those that were there already. It connects when iterated, resumes by itself after a break,
   * and ends after the last event. Throws a LiveError when the server refuses for good, and the
   * signal's reason when that aborts.
   *
   * @example
   * let view = emptyView
   * for await (const { event } of client.follow(answerId)) render((view = applyEvent(view, event)))
   */
  follow(answerId: string, options?: FollowOptions): AsyncIterable<SequencedEvent>
  /**
   * The events of all answers of a conversation that are open now or come in later, mixed, each answer's
   * in order and exactly once. It resumes by itself, and ends when the signal aborts or the client is
   * closed. One at a time per conversation: share its events.
   *
   * @example
   * const views = new Map()
   * for await (const { answerId, event } of client.followConversation(id)) {
   *   views.set(answerId, applyEvent(views.get(answerId) ?? emptyView, event))
   * }
   */
  followConversation(
    conversationId: string,
    options?: FollowGroupOptions,
  ): AsyncIterable<GroupEvent>
  /** Likewise of all conversations that a user owns. */
  followUser(userId: string, options?: FollowGroupOptions): AsyncIterable<GroupEvent>
  /** Likewise of a pipeline, for whoever may see all of it. */
  followPipeline(pipeline: string, options?: FollowGroupOptions): AsyncIterable<GroupEvent>
  /** Asks for an answer to be cancelled; how it ends is told by its last event. */
  cancel(answerId: string): Promise<void>
  readonly state: LiveState
  /** Calls back at each change of `state`, and returns how to stop. */
  onState(onChange: (state: LiveState) => void): () => void
  /** Ends everything that is followed and closes the socket, which else stays open for half a minute. */
  close(): void
}

export interface FollowOptions {
  /** The last sequence number that you have, such as one kept over a reload of the page. */
  readonly startingAfter?: number
  readonly signal?: AbortSignal
}

export interface FollowGroupOptions {
  /** The cursor of the last event that you have, such as one kept over a reload. Default: from now on. */
  readonly startingAfter?: string
  readonly signal?: AbortSignal
}

/** An event of one answer of a conversation or of a user. */
export interface GroupEvent extends SequencedEvent {
  readonly answerId: string
  /** The place to go on from after this event. Of several that came together only the last has one. */
  readonly cursor: string | undefined
}

export interface LiveClientOptions {
  /** The address of the server, such as `https://example.com` or `location.origin`. */
  readonly url: string
  /**
   * The address of the live socket, asked before each connection, so that it can carry a fresh
   * single-use ticket. Default: `/v1/live` under `url`.
   */
  readonly socketUrl?: () => string | Promise<string>
  /** The address of an answer's server-sent events. Default: `/v1/answers/{id}/events` under `url`. */
  readonly eventsUrl?: (answerId: string) => string
  /**
   * The address of the server-sent events of a conversation or of a user. Default:
   * `/v1/conversations/{id}/events` and `/v1/users/{id}/events` under `url`.
   */
  readonly groupEventsUrl?: (group: LiveGroup) => string
  /** Where to POST to cancel an answer. Default: `/v1/answers/{id}/cancel` under `url`. */
  readonly cancelUrl?: (answerId: string) => string
  /** Headers of the requests other than the socket, such as `authorization`; asked before each. */
  readonly headers?: () => Record<string, string>
  /** Default: the one of the platform. Null, or where there is none: server-sent events are used. */
  readonly WebSocket?: SocketConstructor | null
  /** Default: the one of the platform. */
  readonly fetch?: typeof fetch
  readonly clock?: ClientClock
  /** For the jitter; numbers from 0 to below 1. Default: Math.random. */
  readonly random?: () => number
}

/** Makes a client for a page or for Node. It connects when something is followed. */
export function createLiveClient(options: LiveClientOptions): LiveClient {
  const { clock = pageClock, random = Math.random, headers = () => ({}) } = options
  const request = options.fetch ?? ((input, init) => fetch(input, init))
  const Socket = options.WebSocket === undefined ? platformSocket() : options.WebSocket
  const addresses = addressesOf(options)
  const states = createLiveStates()
  const gate = createRetryGate(clock, random)
  const closing = new AbortController()
  const followedGroups = new Set<string>()
  const link = Socket ? createSocketLink({ url: addresses.socket, Socket, clock }) : undefined

  const overSse = (url: string, startingAfter: string | undefined, signal: AbortSignal) => ({
    url,
    startingAfter,
    signal,
    headers: headers(),
    fetch: request,
    clock,
  })

  function streamAnswer(answerId: string, afterSeq: number, signal: AbortSignal) {
    if (link?.isPromising) return link.stream(answerId, afterSeq, signal)
    const startingAfter = afterSeq > 0 ? String(afterSeq) : undefined
    return streamEvents(overSse(addresses.events(answerId), startingAfter, signal))
  }

  function streamGroup(group: LiveGroup, startingAfter: string | undefined, signal: AbortSignal) {
    if (link?.isPromising) return link.streamGroup(group, startingAfter, signal)
    return streamGroupEvents(overSse(addresses.group(group), startingAfter, signal))
  }

  /** What `connect` brings, over as many connections as it takes, until one of them ends well. */
  async function* throughBreaks<Lot>(
    connect: (signal: AbortSignal) => AsyncIterable<Lot>,
    givenSignal: AbortSignal | undefined,
  ): AsyncGenerator<Lot, void> {
    const signal = givenSignal ? AbortSignal.any([closing.signal, givenSignal]) : closing.signal
    const state = states.join()
    try {
      for (;;) {
        signal.throwIfAborted()
        state.set('connecting')
        const usesSocket = link?.isPromising === true
        let stood = false
        try {
          for await (const lot of connect(signal)) {
            stood = true
            gate.reset()
            state.set('open')
            yield lot
          }
          return
        } catch (error) {
          signal.throwIfAborted()
          if (error instanceof LiveError && !error.retryable) throw error
          if (!usesSocket && !stood) link?.tryAgain()
        }
        state.set('waiting')
        await gate.wait(signal)
      }
    } finally {
      state.leave()
    }
  }

  async function* follow(answerId: string, options: FollowOptions = {}) {
    let seq = options.startingAfter ?? 0
    const connect = (signal: AbortSignal) => streamAnswer(answerId, seq, signal)
    for await (const events of throughBreaks(connect, options.signal)) {
      for (const entry of events) {
        const event = cutEvent(entry, seq)
        if (!event) continue
        seq = event.seq
        yield event
        if (isLast(event)) return
      }
    }
  }

  async function* followGroup(
    group: LiveGroup,
    options: FollowGroupOptions = {},
  ): AsyncGenerator<GroupEvent, void> {
    const key = JSON.stringify(group)
    if (followedGroups.has(key)) throw alreadyFollowed(key)
    followedGroups.add(key)
    const seqs = createRecentSeqs()
    let cursor = options.startingAfter
    try {
      const connect = (signal: AbortSignal) => streamGroup(group, cursor, signal)
      for await (const batch of throughBreaks(connect, options.signal)) {
        const fresh = seqs.passed(batch.answerId, batch.events)
        for (const [index, event] of fresh.entries()) {
          const isLastOfBatch = index === fresh.length - 1
          const { answerId } = batch
          yield { ...event, answerId, cursor: isLastOfBatch ? batch.cursor : undefined }
        }
        cursor = batch.cursor
      }
    } finally {
      followedGroups.delete(key)
    }
  }

  async function cancel(answerId: string): Promise<void> {
    if (link?.isPromising) return link.cancel(answerId, closing.signal)
    const url = addresses.cancel(answerId)
    const response = await request(url, {
      method: 'POST',
      headers: headers(),
      signal: closing.signal,
    })
    await response.body?.cancel()
    if (!response.ok) throw refusedWith(response.status, url)
  }

  return {
    follow,
    followConversation: (conversationId, options) => followGroup({ conversationId }, options),
    followUser: (userId, options) => followGroup({ userId }, options),
    followPipeline: (pipeline, options) => followGroup({ pipeline }, options),
    cancel,
    get state() {
      return states.current
    },
    onState: states.observe,
    close() {
      closing.abort(new LiveError('CLIENT_CLOSED', 'The live client is closed.'))
      link?.close()
    },
  }
}

function groupPath(group: LiveGroup): readonly [kind: string, id: string] {
  if ('conversationId' in group) return ['conversations', group.conversationId]
  return 'userId' in group ? ['users', group.userId] : ['pipelines', group.pipeline]
}

/** The addresses, absolute also where an option gives a relative one. */
function addressesOf(options: LiveClientOptions) {
  const { url, socketUrl, eventsUrl, groupEventsUrl, cancelUrl } = options
  const base = new URL(url).href.replace(/\/$/, '')
  const absolute = (address: string) => new URL(address, url).href
  const answer = (id: string) => `${base}/v1/answers/${encodeURIComponent(id)}`
  const groupEvents = (group: LiveGroup) => {
    const [kind, id] = groupPath(group)
    return `${base}/v1/${kind}/${encodeURIComponent(id)}/events`
  }
  return {
    socket: async () => absolute((await socketUrl?.()) ?? `${base}/v1/live`),
    events: (id: string) => absolute(eventsUrl?.(id) ?? `${answer(id)}/events`),
    group: (group: LiveGroup) => absolute(groupEventsUrl?.(group) ?? groupEvents(group)),
    cancel: (id: string) => absolute(cancelUrl?.(id) ?? `${answer(id)}/cancel`),
  }
}

function alreadyFollowed(key: string): LiveError {
  return new LiveError(
    'INVALID_INPUT',
    `This client follows ${key} already. Share the events of that one, or end it first.`,
  )
}

function platformSocket(): SocketConstructor | undefined {
  const platform: { readonly WebSocket?: SocketConstructor } = globalThis
  return platform.WebSocket
}

function isLast({ event }: SequencedEvent): boolean {
  return event.type === 'answer-finished' || event.type === 'answer-failed'
}
