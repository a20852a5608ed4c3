import type { IncomingHttpHeaders } from 'node:http'
import type { TraceParent } from '../base/telemetry-port.ts'

/** W3C Trace Context: `00-<trace id>-<span id>-<flags>`. Anything else starts a trace of its own. */
export function parseTraceParent({ traceparent }: IncomingHttpHeaders): TraceParent | undefined {
  if (typeof traceparent !== 'string') return undefined
  const match = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent)
  const [, traceId, spanId, flags = '00'] = match ?? []
  if (!traceId || !spanId || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}
