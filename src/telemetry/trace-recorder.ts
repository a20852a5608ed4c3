import type { Clock } from '../base/clock.ts'
import { createSpanId, createTraceId } from '../base/ids.ts'
import type { Attributes, Span, SpanKind, TraceParent } from '../base/telemetry-port.ts'
import type { SpanEventRecord, SpanRecord, TraceRecord } from '../model/trace.ts'
import type { Capture } from './capture.ts'
import type { BridgeSpan, OtelBridge } from './otel-bridge.ts'

export interface RecorderOptions {
  readonly clock: Clock
  readonly bridge: OtelBridge
  /** Of this trace alone. */
  readonly capture: Capture
  /** Gets the trace when its root span has ended. */
  onEnd(trace: TraceRecord): void
}

/** Spans of one trace that are kept; a runaway loop of steps loses the later ones, and says so. */
const maxSpans = 1_000

/**
 * Records one trace. The root's `end` closes what is still open below it, so no span is left open; a
 * second `end` does nothing, so none is ended twice.
 */
export function startRecording(
  options: RecorderOptions,
  name: string,
  attributes: Attributes,
  parent: TraceParent | undefined,
): Span {
  const { clock, bridge, capture } = options
  const spans: OpenSpan[] = []
  let dropped = 0
  let traceId = parent?.traceId

  function open(
    spanName: string,
    kind: SpanKind,
    initial: Attributes,
    above: OpenSpan | undefined,
  ): OpenSpan {
    const startedAtMs = clock.now()
    const bridged = bridge.start(spanName, {
      kind,
      startedAtMs,
      ...(above ? { parent: above.bridged } : parent && { parent }),
    })
    traceId ??= bridged.ids?.traceId ?? createTraceId()
    const span: OpenSpan = {
      name: spanName,
      kind,
      startedAtMs,
      bridged,
      spanId: bridged.ids?.spanId ?? createSpanId(),
      parentSpanId: above?.spanId ?? parent?.spanId,
      attributes: {},
      events: [],
      content: {},
      children: [],
      endedAtMs: undefined,
      error: undefined,
    }
    above?.children.push(span)
    if (spans.length < maxSpans) spans.push(span)
    else dropped++
    setAttributes(span, initial)
    return span
  }

  function setAttributes(span: OpenSpan, raw: Attributes): void {
    if (span.endedAtMs !== undefined) return
    const clean = capture.attributes(raw)
    Object.assign(span.attributes, clean)
    span.bridged.set(clean)
  }

  function end(span: OpenSpan, error: unknown): void {
    if (span.endedAtMs !== undefined) return
    for (const child of span.children) end(child, undefined)
    span.endedAtMs = clock.now()
    if (error !== undefined) span.error = capture.error(error)
    span.bridged.end(span.endedAtMs, span.error)
    if (span === root) options.onEnd(finishTrace())
  }

  function finishTrace(): TraceRecord {
    if (dropped > 0) root.attributes['holdfast.spans.dropped'] = dropped
    return {
      traceId: handleOf(root).traceId,
      name: root.name,
      startedAtMs: root.startedAtMs,
      durationMs: (root.endedAtMs ?? root.startedAtMs) - root.startedAtMs,
      status: root.error === undefined ? 'ok' : 'error',
      attributes: root.attributes,
      spans: spans.map((span) => toRecord(span, capture)),
    }
  }

  function handleOf(span: OpenSpan): Span {
    return {
      traceId: traceId ?? '',
      spanId: span.spanId,
      child: (childName, initial = {}, kind = 'internal') =>
        handleOf(open(childName, kind, initial, span)),
      set: (raw) => setAttributes(span, raw),
      event(eventName, raw = {}) {
        if (span.endedAtMs !== undefined) return
        const event = { name: eventName, atMs: clock.now(), attributes: capture.attributes(raw) }
        span.events.push(event)
        span.bridged.event(eventName, event.attributes, event.atMs)
      },
      content(contentName, value) {
        if (span.endedAtMs === undefined) span.content[contentName] = value
      },
      end: (error) => end(span, error),
    }
  }

  const root = open(name, 'internal', attributes, undefined)
  return handleOf(root)
}

interface OpenSpan {
  readonly name: string
  readonly kind: SpanKind
  readonly startedAtMs: number
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly bridged: BridgeSpan
  readonly attributes: Record<string, SpanRecord['attributes'][string]>
  readonly events: SpanEventRecord[]
  /** Raw until the trace ends: sanitising a whole prompt must not delay the first token. */
  readonly content: Record<string, unknown>
  readonly children: OpenSpan[]
  endedAtMs: number | undefined
  error: string | undefined
}

function toRecord(span: OpenSpan, capture: Capture): SpanRecord {
  const content: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(span.content)) content[name] = capture.value(value)
  return {
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    kind: span.kind,
    startedAtMs: span.startedAtMs,
    durationMs: (span.endedAtMs ?? span.startedAtMs) - span.startedAtMs,
    status: span.error === undefined ? 'ok' : 'error',
    ...(span.error !== undefined && { error: span.error }),
    attributes: span.attributes,
    events: span.events,
    content,
  }
}
