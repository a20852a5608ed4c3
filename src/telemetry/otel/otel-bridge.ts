import {
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  type Span as OtelSpan,
  SpanKind as OtelSpanKind,
  SpanStatusCode,
  TraceFlags,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import type { SpanKind, TraceParent } from '../../base/telemetry-port.ts'
import { own, schemaUrl } from '../../model/conventions.ts'
import type { CleanAttributes } from '../capture.ts'
import { isInsideInferenceSpan } from './active-inference.ts'
import { shortBytes } from './fit-json.ts'
import { libraryName, libraryVersion } from './library.ts'

/**
 * Spans for whatever OpenTelemetry SDK the application has set up. Without one, or where it does not
 * record the trace, only the root is asked for and nothing else is done. Gets sanitised values only.
 */
export interface OtelBridge {
  start(name: string, at: SpanStart): BridgeSpan
}

export interface SpanStart {
  readonly kind: SpanKind
  readonly startedAtMs: number
  readonly attributes: CleanAttributes
  readonly parent?: BridgeSpan | TraceParent
}

export interface BridgeSpan {
  /** The SDK's ids; undefined where it gives none. */
  readonly ids: TraceParent | undefined
  /** The span above it that is not of this trace's recording, such as that of an HTTP server. */
  readonly parentSpanId: string | undefined
  /** Whether anything that is set will be exported. */
  readonly isRecording: boolean
  /** Another instrumentation's span above this one bears the usage. */
  readonly isCovered: boolean
  /** For records that belong to this span, such as log events. */
  readonly context: Context
  set(attributes: CleanAttributes): void
  event(name: string, attributes: CleanAttributes, atMs: number): void
  end(atMs: number, error?: string): void
}

export interface OtelBridgeOptions {
  /** Default: the application's global one. */
  readonly tracerProvider?: TracerProvider
  readonly maxAttributeBytes: number
  /** Told when a processor of the application's SDK throws; a call must not fail by that. */
  onError(error: unknown): void
}

export function createOtelBridge(options: OtelBridgeOptions): OtelBridge {
  const { maxAttributeBytes, onError } = options
  const provider = options.tracerProvider ?? trace
  const tracer = provider.getTracer(libraryName, libraryVersion, { schemaUrl })
  const guard = <T>(work: () => T, otherwise: T): T => {
    try {
      return work()
    } catch (error) {
      onError(error)
      return otherwise
    }
  }

  function open(name: string, start: SpanStart, above: BridgeSpan | undefined): BridgeSpan {
    const isCovered = above ? above.isCovered : isRootCovered(start)
    const isHidden = isCovered && start.kind === 'client'
    const form: SpanForm = { isCovered, isHidden, maxAttributeBytes, guard }
    const attributes = convert(start.attributes, form)
    const parentContext = above ? above.context : rootContext(start.parent)
    const spanOptions = {
      kind: start.kind === 'client' && !isHidden ? OtelSpanKind.CLIENT : OtelSpanKind.INTERNAL,
      startTime: start.startedAtMs,
      attributes: isHidden ? { ...attributes, [own.covered]: true } : attributes,
    }
    const shownName = isHidden ? name.replace(/^\S+/, 'attempt') : name
    const span = guard(
      () => tracer.startSpan(shownName, spanOptions, parentContext),
      trace.wrapSpanContext(INVALID_SPAN_CONTEXT),
    )
    return new SdkSpan(span, parentContext, form)
  }

  return {
    start(name, start) {
      const { parent } = start
      if (!parent || !('isRecording' in parent)) return open(name, start, undefined)
      return parent.isRecording ? open(name, start, parent) : parent
    },
  }
}

/** How a span is shown, and what happens when the SDK throws. */
interface SpanForm {
  readonly isCovered: boolean
  /** Covered and an attempt: it must not look like a request to a model. */
  readonly isHidden: boolean
  readonly maxAttributeBytes: number
  guard<T>(work: () => T, otherwise: T): T
}

class SdkSpan implements BridgeSpan {
  readonly #span: OtelSpan
  readonly #form: SpanForm
  readonly ids: TraceParent | undefined
  readonly parentSpanId: string | undefined
  readonly isRecording: boolean
  #context: Context | undefined

  constructor(span: OtelSpan, parentContext: Context, form: SpanForm) {
    this.#span = span
    this.#form = form
    this.ids = ownIds(span, parentContext)
    this.parentSpanId = trace.getSpanContext(parentContext)?.spanId
    this.isRecording = span.isRecording()
  }

  get isCovered(): boolean {
    return this.#form.isCovered
  }

  get context(): Context {
    this.#context ??= trace.setSpan(context.active(), this.#span)
    return this.#context
  }

  set(attributes: CleanAttributes): void {
    if (!this.isRecording) return
    this.#quietly(() => this.#span.setAttributes(convert(attributes, this.#form)))
  }

  event(name: string, attributes: CleanAttributes, atMs: number): void {
    if (!this.isRecording) return
    this.#quietly(() => this.#span.addEvent(name, convert(attributes, this.#form), atMs))
  }

  end(atMs: number, error?: string): void {
    if (!this.isRecording) return
    this.#quietly(() => {
      if (error !== undefined) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: error })
      this.#span.end(atMs)
    })
  }

  #quietly(work: () => unknown): void {
    this.#form.guard<unknown>(work, undefined)
  }
}

function convert(attributes: CleanAttributes, form: SpanForm): CleanAttributes {
  const named = form.isHidden ? uncounted(attributes) : attributes
  return fitted(named, form.maxAttributeBytes)
}

/** Without an SDK the span that is given back is the parent itself. */
function ownIds(span: OtelSpan, parentContext: Context): TraceParent | undefined {
  const { traceId, spanId, traceFlags } = span.spanContext()
  if (!isSpanContextValid(span.spanContext())) return undefined
  if (trace.getSpanContext(parentContext)?.spanId === spanId) return undefined
  return { traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 }
}

/** A trace that was handed over by a job or a header is no part of what happens to be active here. */
function isRootCovered({ parent }: SpanStart): boolean {
  return parent === undefined && isInsideInferenceSpan()
}

function rootContext(parent: TraceParent | BridgeSpan | undefined): Context {
  const active = context.active()
  if (!parent || 'isRecording' in parent) return active
  // An instrumented HTTP server has already opened a span of the caller's trace: this one goes below it.
  if (trace.getSpanContext(active)?.traceId === parent.traceId) return active
  const { traceId, spanId, sampled = true } = parent
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE
  return trace.setSpanContext(active, { traceId, spanId, traceFlags, isRemote: true })
}

/** Names that make no reader take the span for a request of its own. */
function uncounted(attributes: CleanAttributes): CleanAttributes {
  const renamed: CleanAttributes = {}
  for (const [key, value] of Object.entries(attributes)) {
    renamed[key.replace(/^gen_ai\./, 'holdfast.')] = value
  }
  return renamed
}

/** Nearly always all values are short, and the object is passed on as it is. */
function fitted(attributes: CleanAttributes, maxBytes: number): CleanAttributes {
  let copy: CleanAttributes | undefined
  for (const key of Object.keys(attributes)) {
    const value = attributes[key]
    // No character has more than three bytes.
    if (typeof value !== 'string' || value.length * 3 <= maxBytes) continue
    copy ??= { ...attributes }
    copy[key] = shortBytes(value, maxBytes)
  }
  return copy ?? attributes
}
