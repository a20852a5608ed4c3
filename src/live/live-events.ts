import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Clock } from '../base/clock.ts'
import { silentTelemetry, type Telemetry } from '../base/telemetry-port.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import type { EventLog } from './event-log.ts'
import { every } from './every.ts'
import { heartbeatMs, stuckMs } from './live-limits.ts'
import { inFrames, wireText } from './wire-text.ts'

export interface LiveEventsOptions {
  readonly log: Pick<EventLog, 'subscribe' | 'endsAt'>
  readonly clock: Clock
  readonly answerId: string
  /** The last sequence number that the client has, as `cursorOf` reads it from the request. Default 0. */
  readonly afterSeq?: number
  readonly telemetry?: Telemetry
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
 * Answers a request with the events of one answer as server-sent events, from any sequence number,
 * and ends after the last one. Who asks again after that gets 204, at which a browser stops asking.
 * The caller has checked that the user may see the answer. Resolves when the response is over and
 * all that was held for it is freed, also when the client has gone.
 *
 * @throws NOT_FOUND or INVALID_INPUT, before anything is written, when there is no such place in the log.
 */
export async function serveLiveEvents(
  response: ServerResponse,
  options: LiveEventsOptions,
): Promise<void> {
  const { log, clock, answerId, afterSeq = 0, telemetry = silentTelemetry } = options
  const gone = new AbortController()
  const onClose = () => gone.abort()
  response.once('close', onClose)
  let stopHeartbeat = () => {}
  try {
    const nothingFollows = afterSeq !== 0 && (await log.endsAt(answerId, afterSeq))
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
    for await (const events of log.subscribe(answerId, { afterSeq, signal: gone.signal })) {
      for (const frame of inFrames(events)) {
        const hasRoom = response.write(frame.map(eventText).join(''))
        // While there is no room the log is not asked for more, so nothing piles up for this reader.
        if (!hasRoom) await drained(response, clock, gone.signal)
      }
    }
    response.end()
  } catch (error) {
    if (gone.signal.aborted) return
    if (!response.headersSent) throw error
    telemetry.log(
      'error',
      'A live event stream failed; the client resumes it.',
      { answerId },
      error,
    )
    response.destroy()
  } finally {
    stopHeartbeat()
    response.off('close', onClose)
  }
}

function eventText(event: SequencedEvent): string {
  return `id: ${event.seq}\nevent: ${event.event.type}\ndata: ${wireText(event)}\n\n`
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
