import { enqueueSpanPrefix } from '../../model/conventions.ts'
import type { TraceRecord } from '../../model/trace.ts'

/**
 * Two parts of one trace as one record: the acceptance over HTTP and the work of a job have one trace id,
 * and so have all calls below one span of the application. The call that ended last names the whole.
 */
export function mergeTraces(earlier: TraceRecord, later: TraceRecord): TraceRecord {
  const spans = new Map(earlier.spans.map((span) => [span.spanId, span]))
  for (const span of later.spans) spans.set(span.spanId, span)
  const all = [...spans.values()].sort((left, right) => left.startedAtMs - right.startedAtMs)
  const startedAtMs = Math.min(
    earlier.startedAtMs,
    later.startedAtMs,
    all[0]?.startedAtMs ?? later.startedAtMs,
  )
  const endedAtMs = Math.max(endOf(earlier), endOf(later))
  const [minor, major] = later.name.startsWith(enqueueSpanPrefix)
    ? [later, earlier]
    : [earlier, later]
  return {
    traceId: later.traceId,
    name: major.name,
    startedAtMs,
    durationMs: endedAtMs - startedAtMs,
    status: earlier.status === 'error' || later.status === 'error' ? 'error' : 'ok',
    attributes: { ...minor.attributes, ...major.attributes },
    spans: all,
  }
}

function endOf({ startedAtMs, durationMs }: TraceRecord): number {
  return startedAtMs + durationMs
}
