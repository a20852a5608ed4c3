import {
  context,
  isSpanContextValid,
  type Span as OtelSpan,
  SpanKind as OtelSpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { AttributeValue, SpanKind, TraceParent } from '../base/telemetry-port.ts'

/**
 * Spans for whatever OpenTelemetry SDK the application has set up; without one, next to nothing is
 * done and the ids are our own. Contents never go onto these spans: readers cut long attributes.
 */
export interface OtelBridge {
  start(
    name: string,
    at: { readonly kind: SpanKind; readonly startedAtMs: number; readonly parent?: BridgeParent },
  ): BridgeSpan
}

export type BridgeParent = BridgeSpan | TraceParent

export interface BridgeSpan {
  /** The SDK's ids; undefined without an SDK. */
  readonly ids: TraceParent | undefined
  readonly span: OtelSpan
  set(attributes: Readonly<Record<string, AttributeValue>>): void
  event(name: string, attributes: Readonly<Record<string, AttributeValue>>, atMs: number): void
  end(atMs: number, error?: string): void
}

export function createOtelBridge(tracer: Tracer = trace.getTracer('holdfast')): OtelBridge {
  return {
    start(name, { kind, startedAtMs, parent }) {
      const span = tracer.startSpan(
        name,
        {
          kind: kind === 'client' ? OtelSpanKind.CLIENT : OtelSpanKind.INTERNAL,
          startTime: startedAtMs,
        },
        parentContext(parent),
      )
      const ids = span.spanContext()
      return {
        span,
        ids: isSpanContextValid(ids) ? { traceId: ids.traceId, spanId: ids.spanId } : undefined,
        set: (attributes) => void span.setAttributes(otelAttributes(attributes)),
        event: (event, attributes, atMs) =>
          void span.addEvent(event, otelAttributes(attributes), atMs),
        end(atMs, error) {
          if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error })
          span.end(atMs)
        },
      }
    },
  }
}

function parentContext(parent: BridgeParent | undefined) {
  const active = context.active()
  if (parent === undefined) return active
  if ('span' in parent) return trace.setSpan(active, parent.span)
  return trace.setSpanContext(active, {
    ...parent,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  })
}

function otelAttributes(attributes: Readonly<Record<string, AttributeValue>>) {
  const copy: Record<string, string | number | boolean | string[]> = {}
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) copy[key] = typeof value === 'object' ? [...value] : value
  }
  return copy
}
