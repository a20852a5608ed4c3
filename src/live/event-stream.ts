import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Clock } from '../base/clock.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import { every } from './every.ts'
import { heartbeatMs, stuckMs } from './live-limits.ts'

export interface EventStreamOptions {
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Whose events they are, for the log. */
  readonly about: Readonly<Record<string, string>>
  /** The events as text, in pieces; while the client has not taken one the next is not asked for. */
  readonly pieces: (signal: AbortSignal) => AsyncIterable<string>
  /** Whether the stream is over before it begins, at which a browser is told not to ask again. */
  readonly isOver?: () => Promise<boolean>
}

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // nginx collects a response before it passes it on, unless it is told not to.
  'x-accel-buffering': 'no',
}

/** What a browser waits before it reconnects, in milliseconds. */
const reconnectAfterMs = 1_000

/**
 * Answers a request with server-sent events, with a heartbeat, and cuts off a client that takes nothing.
 * Resolves when the response is over and all that was held for it is freed, also when the client has
 * gone. What fails before the first piece is thrown, and nothing has been written then.
 */
export async function serveEventStream(
  response: ServerResponse,
  { clock, telemetry, about, pieces, isOver }: EventStreamOptions,
): Promise<void> {
  const gone = new AbortController()
  const onClose = () => gone.abort()
  response.once('close', onClose)
  let stopHeartbeat = () => {}
  try {
    const nothingFollows = await isOver?.()
    if (response.destroyed) return
    if (nothingFollows) {
      response.writeHead(204).end()
      return
    }
    response.writeHead(200, headers)
    response.write(`retry: ${reconnectAfterMs}\n\n`)
    stopHeartbeat = every(clock, heartbeatMs, () => {
      // A reader that is behind has enough to read, and its connection is seen to be alive.
      if (!response.writableNeedDrain) response.write(': \n\n')
    })
    for await (const piece of pieces(gone.signal)) {
      // While there is no room the log is not asked for more, so nothing piles up for this reader.
      if (!response.write(piece)) await drained(response, clock, gone.signal)
    }
    response.end()
  } catch (error) {
    if (gone.signal.aborted) return
    if (!response.headersSent) throw error
    telemetry.log('error', 'A live event stream failed; the client resumes it.', about, error)
    response.destroy()
  } finally {
    stopHeartbeat()
    response.off('close', onClose)
  }
}

/** Waits until the client has taken what was written; one that takes nothing for long is cut off. */
async function drained(response: ServerResponse, clock: Clock, signal: AbortSignal): Promise<void> {
  const cancel = clock.setTimer(stuckMs, () => response.destroy())
  try {
    await once(response, 'drain', { signal })
  } finally {
    cancel()
  }
}
