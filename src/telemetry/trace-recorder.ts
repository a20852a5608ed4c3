import type { Clock } from '../base/clock.ts'
import { createSpanId, createTraceId } from '../base/ids.ts'
import type { Attributes, Span, SpanKind, TraceParent } from '../base/telemetry-port.ts'
import { errorType, genAi, own, queueWaitSpan } from '../model/conventions.ts'
import type { SpanEventRecord, SpanRecord, TraceRecord } from '../model/trace.ts'
import type { Capture, CleanAttributes } from './capture.ts'
import type { LiveTail } from './live-tail.ts'
import type { BridgeSpan, OtelBridge } from './otel/otel-bridge.ts'
import { toRecord } from './span-record.ts'

/**
 * Records one trace. All but the contents is sanitised when it comes; contents stay raw until the trace
 * has ended, since redacting a whole prompt must not delay the first token.
 *
 * Invariants: the root's `end` closes what is still open below it, so no span stays open; a second `end`
 * does nothing, so none is ended twice; `onSpanEnd` gets every span once, before `onEnd` gets the trace.
 */

export interface RecorderOptions {
  readonly clock: Clock
  /** Undefined where OpenTelemetry is off. */
  readonly bridge: OtelBridge | undefined
  readonly live: LiveTail
  /** Of this trace alone. */
  readonly capture: Capture
  /** Gets a span when it ends, and the one at the top of its trace. May set more on the bridge. */
  onSpanEnd(span: EndedSpan, root: EndedSpan, capture: Capture): void
  /** Gets the trace when its root span has ended. */
  onEnd(trace: EndedTrace): void
}

/** A span that has ended: sanitised, but for `rawContent`. */
export interface EndedSpan extends Omit<SpanRecord, 'content'> {
  readonly rawContent: Readonly<Record<string, unknown>>
  readonly bridged: BridgeSpan | undefined
}

export interface EndedTrace extends Omit<TraceRecord, 'spans'> {
  readonly spans: readonly EndedSpan[]
  readonly capture: Capture
}

/** Spans of one trace that are kept; a runaway loop of steps loses the later ones, and says so. */
const maxSpans = 1_000

/** Events of one span that are kept. */
const maxEvents = 128

export function startRecording(
  options: RecorderOptions,
  name: string,
  attributes: Attributes,
  parent: TraceParent | undefined,
): Span {
  return new Recording(options, parent).openRoot(name, attributes)
}

class Recording {
  readonly options: RecorderOptions
  readonly #parent: TraceParent | undefined
  readonly #spans: RecordedSpan[] = []
  #root: RecordedSpan | undefined
  #dropped = 0
  traceId = ''
  sampled: boolean | undefined

  constructor(options: RecorderOptions, parent: TraceParent | undefined) {
    this.options = options
    this.#parent = parent
  }

  openRoot(name: string, attributes: Attributes): Span {
    const { sentAtMs, ...parent } = this.#parent ?? {}
    const root = this.open(name, attributes, { kind: 'internal' })
    this.#root = root
    if (sentAtMs !== undefined && 'traceId' in parent) this.#recordWait(sentAtMs, root)
    return root
  }

  open(
    rawName: string,
    raw: Attributes,
    at: { readonly kind: SpanKind; readonly above?: RecordedSpan },
  ): RecordedSpan {
    const { capture, clock, bridge } = this.options
    const name = capture.text(rawName)
    const attributes = capture.attributes(raw)
    if (at.kind === 'client') this.#inherit(attributes)
    const startedAtMs = clock.now()
    const parent = at.above ? at.above.bridged : this.#parent
    const bridged = bridge?.start(name, {
      kind: at.kind,
      startedAtMs,
      attributes,
      ...(parent && { parent }),
    })
    if (!at.above) this.#identify(bridged)
    const span = new RecordedSpan(this, {
      name,
      kind: at.kind,
      startedAtMs,
      attributes,
      bridged,
      spanId: ownSpanId(bridged, at.above) ?? createSpanId(),
      parentSpanId: at.above?.spanId ?? bridged?.parentSpanId ?? this.#parent?.spanId,
    })
    if (this.#spans.length < maxSpans) this.#spans.push(span)
    else this.#dropped++
    this.#tellStart(span)
    return span
  }

  get root(): RecordedSpan | undefined {
    return this.#root
  }

  onEnded(span: RecordedSpan): void {
    const { live } = this.options
    if (live.isWatched) {
      const { content: _content, ...record } = toRecord(span, {})
      live.tell({ type: 'span-ended', traceId: this.traceId, span: record })
    }
    if (span === this.#root) this.options.onEnd(this.#finish(span))
  }

  #tellStart(span: RecordedSpan): void {
    const { live } = this.options
    if (!live.isWatched) return
    const { spanId, parentSpanId, name, kind, startedAtMs, attributes } = span
    const facts = { spanId, parentSpanId, name, kind, startedAtMs, attributes: { ...attributes } }
    live.tell({ type: 'span-started', traceId: this.traceId, span: facts })
  }

  /** Readers group attempts by their conversation without looking at the span above. */
  #inherit(attributes: CleanAttributes): void {
    const conversation = this.#root?.attributes[genAi.conversationId]
    if (conversation) attributes[genAi.conversationId] ??= conversation
  }

  #identify(bridged: BridgeSpan | undefined): void {
    this.traceId = this.#parent?.traceId ?? bridged?.ids?.traceId ?? createTraceId()
    this.sampled = bridged?.ids?.sampled ?? this.#parent?.sampled
  }

  /** The wait lies between the caller's span and this trace's root, and is a sibling of the root. */
  #recordWait(sentAtMs: number, root: RecordedSpan): void {
    const startedAtMs = Math.min(sentAtMs, root.startedAtMs)
    const bridged = this.options.bridge?.start(queueWaitSpan, {
      kind: 'internal',
      startedAtMs,
      attributes: {},
      ...(this.#parent && { parent: this.#parent }),
    })
    const wait = new RecordedSpan(this, {
      name: queueWaitSpan,
      kind: 'internal',
      startedAtMs,
      attributes: {},
      bridged,
      spanId: bridged?.ids?.spanId ?? createSpanId(),
      parentSpanId: root.parentSpanId,
    })
    this.#spans.push(wait)
    wait.endAt(root.startedAtMs)
  }

  #finish(root: RecordedSpan): EndedTrace {
    if (this.#dropped > 0) root.attributes[own.droppedSpans] = this.#dropped
    return {
      traceId: this.traceId,
      name: root.name,
      startedAtMs: root.startedAtMs,
      durationMs: root.durationMs,
      status: root.status,
      attributes: root.attributes,
      spans: this.#spans,
      capture: this.options.capture,
    }
  }
}

/** Below a span that nobody records the bridge gives the span above, whose id is taken. */
function ownSpanId(bridged: BridgeSpan | undefined, above: object | undefined): string | undefined {
  return above && !bridged?.isRecording ? undefined : bridged?.ids?.spanId
}

interface SpanFacts {
  readonly name: string
  readonly kind: SpanKind
  readonly startedAtMs: number
  readonly attributes: CleanAttributes
  readonly bridged: BridgeSpan | undefined
  readonly spanId: string
  readonly parentSpanId: string | undefined
}

class RecordedSpan implements Span, EndedSpan {
  readonly #recording: Recording
  readonly #children: RecordedSpan[] = []
  readonly name: string
  readonly kind: SpanKind
  readonly startedAtMs: number
  readonly attributes: CleanAttributes
  readonly bridged: BridgeSpan | undefined
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly events: SpanEventRecord[] = []
  readonly rawContent: Record<string, unknown> = {}
  error?: string
  #endedAtMs: number | undefined
  /** `unheard`: nobody watched when the text began, and half a secret is not known for one. */
  #voice: ReturnType<Capture['pieces']> | 'unheard' | undefined

  constructor(recording: Recording, facts: SpanFacts) {
    this.#recording = recording
    this.name = facts.name
    this.kind = facts.kind
    this.startedAtMs = facts.startedAtMs
    this.attributes = facts.attributes
    this.bridged = facts.bridged
    this.spanId = facts.spanId
    this.parentSpanId = facts.parentSpanId
  }

  get traceId(): string {
    return this.#recording.traceId
  }

  get sampled(): boolean {
    return this.#recording.sampled ?? true
  }

  get status(): 'ok' | 'error' {
    return this.error === undefined ? 'ok' : 'error'
  }

  get durationMs(): number {
    return (this.#endedAtMs ?? this.startedAtMs) - this.startedAtMs
  }

  child(name: string, attributes: Attributes = {}, kind: SpanKind = 'internal'): Span {
    const child = this.#recording.open(name, attributes, { kind, above: this })
    this.#children.push(child)
    // Below a span that has ended nothing may stay open.
    if (this.#endedAtMs !== undefined) child.end()
    return child
  }

  set(raw: Attributes): void {
    if (this.#endedAtMs !== undefined) return
    const clean = this.#recording.options.capture.attributes(raw)
    Object.assign(this.attributes, clean)
    this.bridged?.set(clean)
  }

  event(rawName: string, raw: Attributes = {}): void {
    if (this.#endedAtMs !== undefined || this.events.length >= maxEvents) return
    const { capture, clock } = this.#recording.options
    const name = capture.text(rawName)
    const event = { name, atMs: clock.now(), attributes: capture.attributes(raw) }
    this.events.push(event)
    this.bridged?.event(name, event.attributes, event.atMs)
  }

  content(name: string, value: unknown): void {
    if (this.#endedAtMs === undefined) this.rawContent[name] = value
  }

  progress(text: string): void {
    const { live, capture } = this.#recording.options
    if (this.#endedAtMs !== undefined || this.#voice === 'unheard') return
    this.#voice ??= live.isWatched ? capture.pieces() : 'unheard'
    if (this.#voice !== 'unheard') this.#tellText(this.#voice.push(text))
  }

  #tellText(text: string): void {
    const { traceId, options } = this.#recording
    if (text !== '') options.live.tell({ type: 'text', traceId, spanId: this.spanId, text })
  }

  end(error?: unknown): void {
    if (this.#endedAtMs !== undefined) return
    if (this.#voice && this.#voice !== 'unheard') this.#tellText(this.#voice.end())
    for (const child of this.#children) child.end()
    if (error !== undefined) this.#fail(error)
    this.endAt(this.#recording.options.clock.now())
  }

  endAt(atMs: number): void {
    this.#endedAtMs = atMs
    const { options, root = this } = this.#recording
    options.onSpanEnd(this, root, options.capture)
    this.bridged?.end(atMs, this.error)
    this.#recording.onEnded(this)
  }

  #fail(error: unknown): void {
    const facts = this.#recording.options.capture.error(error)
    this.error = facts.summary
    if (this.attributes[errorType] === undefined) {
      this.set({ [errorType]: facts.code ?? facts.name })
    }
  }
}
