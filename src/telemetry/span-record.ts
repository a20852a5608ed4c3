import type { SpanRecord } from '../model/trace.ts'

/** A span as it is kept, with its contents sanitised. */
export function toRecord(
  span: Omit<SpanRecord, 'content'>,
  content: Readonly<Record<string, unknown>>,
): SpanRecord {
  return {
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    kind: span.kind,
    startedAtMs: span.startedAtMs,
    durationMs: span.durationMs,
    status: span.status,
    ...(span.error !== undefined && { error: span.error }),
    attributes: span.attributes,
    events: span.events,
    content,
  }
}
