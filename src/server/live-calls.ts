import type { HoldfastParts } from '../app/holdfast.ts'
import type { Clock } from '../base/clock.ts'
import { every } from '../live/every.ts'
import { heartbeatMs } from '../live/live-limits.ts'
import type { LiveCallEvent } from '../model/live-call-event.ts'
import type { Exchange } from './router.ts'

export interface LiveCallsOptions {
  readonly app: Pick<HoldfastParts, 'traces'>
  readonly clock: Clock
  /** Ends the stream when the server stops. */
  readonly stopping: AbortSignal
}

/** What may wait for one reader; then events are left out for it, and it is told how many. */
const mostWaitingBytes = 1024 * 1024

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/**
 * Answers with what happens in this process as server-sent events, sanitised, until the reader goes or
 * the server stops. There is no past in it: `GET /v1/traces` has that.
 */
export async function serveLiveCalls(
  { response, signal }: Exchange,
  { app, clock, stopping }: LiveCallsOptions,
): Promise<void> {
  let skipped = 0
  response.writeHead(200, headers)
  response.write('event: ready\ndata: {}\n\n')
  const unwatch = app.traces.watch((event) => {
    if (response.writableLength > mostWaitingBytes) {
      skipped++
      return false
    }
    if (skipped > 0) response.write(eventText('skipped', { events: skipped }))
    skipped = 0
    response.write(eventText(event.type, event))
    return true
  })
  const stopHeartbeat = every(clock, heartbeatMs, () => {
    if (!response.writableNeedDrain) response.write(': \n\n')
  })
  await aborted(AbortSignal.any([signal, stopping]))
  stopHeartbeat()
  unwatch()
  response.end()
}

function eventText(name: string, data: LiveCallEvent | { readonly events: number }): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
