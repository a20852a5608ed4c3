import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Clock } from '../base/clock.ts'
import { every } from '../live/every.ts'
import { heartbeatMs, stuckMs } from '../live/live-limits.ts'

/** A response of server-sent events that is being written. */
export interface EventStream {
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal
  /** Writes events; resolves when there is room for more. A reader that takes nothing for long is cut off. */
  send(text: string): Promise<void>
  /** All was said. */
  end(): void
  /** Frees what was held for it; cuts the connection where `end` has not been called. */
  release(): void
}

export interface EventStreamOptions {
  readonly clock: Clock
  readonly headers?: Readonly<Record<string, string>>
  /** Called with each heartbeat, to look after what the stream waits for. */
  readonly onHeartbeat?: () => void
}

/** Sends the head of the response; comments keep the connection alive from then on. */
export function openEventStream(
  response: ServerResponse,
  { clock, headers, onHeartbeat }: EventStreamOptions,
): EventStream {
  const gone = new AbortController()
  const onClose = () => gone.abort(new DOMException('The client has gone.', 'AbortError'))
  if (response.destroyed) onClose()
  else response.once('close', onClose)
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    // nginx collects a response before it passes it on, unless it is told not to.
    'x-accel-buffering': 'no',
    ...headers,
  })
  response.flushHeaders()
  const stopHeartbeat = every(clock, heartbeatMs, () => {
    if (!response.writableNeedDrain) response.write(': \n\n')
    onHeartbeat?.()
  })
  let ended = false
  return {
    signal: gone.signal,
    async send(text) {
      if (text === '' || response.write(text)) return
      const cancel = clock.setTimer(stuckMs, () => response.destroy())
      try {
        await once(response, 'drain', { signal: gone.signal })
      } finally {
        cancel()
      }
    },
    end() {
      ended = true
      response.end()
    },
    release() {
      stopHeartbeat()
      response.off('close', onClose)
      // Half a stream must not look like a whole one.
      if (!ended) response.destroy()
    },
  }
}
