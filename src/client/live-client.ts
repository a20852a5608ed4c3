import type { SequencedEvent } from '../store/event-store.ts'
import { streamEvents } from './event-stream.ts'
import { LiveError, refusedWith } from './live-error.ts'
import { createLiveStates, type LiveState } from './live-state.ts'
import { type ClientClock, pageClock } from './page-clock.ts'
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
  const link = Socket ? createSocketLink({ url: addresses.socket, Socket, clock }) : undefined

  function streamOnce(answerId: string, afterSeq: number, signal: AbortSignal) {
    if (link?.isPromising) return link.stream(answerId, afterSeq, signal)
    return streamEvents({
      url: addresses.events(answerId),
      headers: headers(),
      fetch: request,
      afterSeq,
      clock,
      signal,
    })
  }

  async function* follow(answerId: string, options: FollowOptions = {}) {
    const signal = options.signal
      ? AbortSignal.any([closing.signal, options.signal])
      : closing.signal
    let seq = options.startingAfter ?? 0
    const state = states.join()
    try {
      for (;;) {
        signal.throwIfAborted()
        state.set('connecting')
        const usesSocket = link?.isPromising === true
        let stood = false
        try {
          for await (const events of streamOnce(answerId, seq, signal)) {
            stood = true
            gate.reset()
            state.set('open')
            for (const event of events) {
              if (event.seq <= seq) continue
              seq = event.seq
              yield event
              if (isLast(event)) return
            }
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

/** The addresses, absolute also where an option gives a relative one. */
function addressesOf(options: LiveClientOptions) {
  const { url, socketUrl, eventsUrl, cancelUrl } = options
  const base = new URL(url).href.replace(/\/$/, '')
  const absolute = (address: string) => new URL(address, url).href
  const answer = (id: string) => `${base}/v1/answers/${encodeURIComponent(id)}`
  return {
    socket: async () => absolute((await socketUrl?.()) ?? `${base}/v1/live`),
    events: (id: string) => absolute(eventsUrl?.(id) ?? `${answer(id)}/events`),
    cancel: (id: string) => absolute(cancelUrl?.(id) ?? `${answer(id)}/cancel`),
  }
}

function platformSocket(): SocketConstructor | undefined {
  const platform: { readonly WebSocket?: SocketConstructor } = globalThis
  return platform.WebSocket
}

function isLast({ event }: SequencedEvent): boolean {
  return event.type === 'answer-finished' || event.type === 'answer-failed'
}
