import type { AttributeValue } from '../../base/telemetry-port.ts'
import type { SpanRecord } from '../../model/trace.ts'

/** An attempt of a second, as it is recorded, with these attributes. */
export function attemptSpan(attributes: Readonly<Record<string, AttributeValue>>): SpanRecord {
  return {
    spanId: '1111111111111111',
    parentSpanId: '2222222222222222',
    name: 'chat m-1',
    kind: 'client',
    startedAtMs: Date.UTC(2026, 0, 1),
    durationMs: 1_000,
    status: 'ok',
    attributes,
    events: [],
    content: {},
  }
}
