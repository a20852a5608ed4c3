import type { AttributeValue, SpanKind } from '../base/telemetry-port.ts'

/** One logical call as it was recorded, sanitised: the root span first, children after their parents. */
export interface TraceRecord {
  readonly traceId: string
  readonly name: string
  readonly startedAtMs: number
  readonly durationMs: number
  readonly status: 'ok' | 'error'
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly spans: readonly SpanRecord[]
}

export interface SpanRecord {
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly kind: SpanKind
  readonly startedAtMs: number
  readonly durationMs: number
  readonly status: 'ok' | 'error'
  /** Why it failed, sanitised. */
  readonly error?: string
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly events: readonly SpanEventRecord[]
  /** Prompts and answers by name, sanitised. */
  readonly content: Readonly<Record<string, unknown>>
}

export interface SpanEventRecord {
  readonly name: string
  readonly atMs: number
  readonly attributes: Readonly<Record<string, AttributeValue>>
}
