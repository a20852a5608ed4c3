import type { SequencedEvent } from '../store/event-store.ts'
import { disconnected, refusedWith } from './live-error.ts'
import type { ClientClock } from './page-clock.ts'
import type { GroupBatch } from './socket-groups.ts'
import { createSseParser, type SseMessage } from './sse-parser.ts'

export interface EventStreamOptions {
  readonly url: string
  readonly headers: Record<string, string>
  /** The last id that was received, if any. */
  readonly startingAfter: string | undefined
  readonly fetch: typeof fetch
  readonly clock: ClientClock
  readonly signal: AbortSignal
}

/** The server sends a comment every 15 s; after three that did not come the connection is dead. */
const silenceMs = 45_000

/**
 * What comes over server-sent events, in lots. Yields an empty lot when the connection stands. Returns when nothing follows, throws when the connection breaks.
 *
 * By `fetch` and not `EventSource`: Node has none, it sends no headers, and it decides for itself
 * when to reconnect.
 */
async function* streamMessages(
  options: EventStreamOptions,
): AsyncGenerator<readonly SseMessage[], void> {
  const { clock, signal } = options
  const silent = new AbortController()
  const watch = () => clock.setTimer(silenceMs, () => silent.abort(disconnected('went silent')))
  let cancelWatch = watch()
  try {
    const response = await open(options, AbortSignal.any([signal, silent.signal]))
    if (response.status === 204 || !response.body) return
    yield []
    const parse = createSseParser()
    const text = new TextDecoder()
    // Leaving the loop, in whichever way, cancels the body and with it the request.
    for await (const bytes of piecesOf(response.body)) {
      cancelWatch()
      cancelWatch = watch()
      const messages = parse(text.decode(bytes, { stream: true }))
      if (messages.length > 0) yield messages
    }
  } catch (error) {
    if (silent.signal.aborted) throw silent.signal.reason
    throw error instanceof TypeError ? disconnected('broke', error) : error
  } finally {
    cancelWatch()
  }
  throw disconnected('ended before the answer did')
}

async function open(options: EventStreamOptions, signal: AbortSignal): Promise<Response> {
  const url = new URL(options.url)
  const { startingAfter } = options
  if (startingAfter !== undefined) url.searchParams.set('starting_after', startingAfter)
  const headers = { accept: 'text/event-stream', ...options.headers }
  const response = await options.fetch(url.href, { headers, signal, cache: 'no-store' })
  if (response.ok) return response
  await response.body?.cancel()
  throw refusedWith(response.status, url.pathname)
}

/** By a reader: not every browser lets a stream be iterated. */
async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel()
  }
}

/** The events of one answer. */
export async function* streamEvents(
  options: EventStreamOptions,
): AsyncGenerator<readonly SequencedEvent[], void> {
  for await (const messages of streamMessages(options)) {
    yield messages.filter(({ data }) => data !== '').map(({ data }) => readData(data))
  }
}

/** The events of all answers of a group; a batch without events when the connection stands. */
export async function* streamGroupEvents(
  options: EventStreamOptions,
): AsyncGenerator<GroupBatch, void> {
  for await (const messages of streamMessages(options)) {
    for (const { id: cursor, data } of messages) {
      if (data === '') {
        yield { answerId: '', events: [], cursor }
      } else {
        const { answerId, ...event }: SequencedEvent & { answerId: string } = readData(data)
        yield { answerId, events: [event], cursor }
      }
    }
  }
}

/** What our own server sends under `data`. */
function readData<T>(data: string): T {
  return JSON.parse(data)
}
