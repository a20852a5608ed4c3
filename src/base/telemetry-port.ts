/**
 * What a room may say about its work. The rooms know this port alone; what becomes of it (spans,
 * log lines, the trace store) is decided in `telemetry/`, where all of it is sanitised first.
 */
export interface Telemetry {
  /** Opens the root span of one logical call. */
  startTrace(name: string, attributes?: Attributes, parent?: TraceParent): Span
  /** Writes one log line. `error` is sanitised like everything else. */
  log(level: LogLevel, message: string, fields?: Attributes, error?: unknown): void
  /** Adds to an instrument. What spans tell (times, tokens, attempts, cost) is measured without this. */
  measure<Name extends keyof Measurements>(
    name: Name,
    value: number,
    labels: Measurements[Name],
  ): void
}

/**
 * The instruments that a room feeds itself, with their labels. The list is closed: each has its line in
 * `telemetry/metrics/instruments.ts`, and labels have few values.
 */
export interface Measurements {
  /** Answers that were mended without a call, by the rule that did it. `schema` is the pipeline's name. */
  'holdfast.output.recovered': {
    readonly model: string
    readonly schema: string
    readonly rule: string
  }
  /** Answers made ahead, by what became of them: begun, refused by the policy, or given to somebody. */
  'holdfast.precompute': {
    readonly pipeline: string
    readonly rule: string
    readonly outcome: string
  }
  /**
   * Runs of enqueued answers: `first`; `again`, which repeats work, since a worker died or was stopped;
   * `put-off`, where all models take no more for now.
   */
  'holdfast.runs': {
    readonly 'holdfast.pipeline': string
    readonly kind: 'first' | 'again' | 'put-off'
  }
  /** Answers that did not fit, by what was wrong with them. */
  'holdfast.output.rejected': {
    readonly model: string
    readonly schema: string
    readonly cause: string
  }
  /** Answers to saved cases, by what was found. `model` is `provider/id`. */
  'holdfast.check.answers': {
    readonly 'holdfast.pipeline': string
    readonly model: string
    readonly outcome: string
  }
  /** What a check found to be other than before. */
  'holdfast.model.changes': {
    readonly 'holdfast.pipeline': string
    readonly model: string
    readonly change: string
  }
}

/**
 * A piece of work with a beginning and an end. It is ended exactly once by whoever opened it; a
 * second `end` does nothing. Children still open when their parent ends are ended with it.
 */
export interface Span {
  readonly traceId: string
  readonly spanId: string
  /** Whether the trace is recorded beyond this process, for those who continue it. */
  readonly sampled?: boolean
  child(name: string, attributes?: Attributes, kind?: SpanKind): Span
  set(attributes: Attributes): void
  event(name: string, attributes?: Attributes): void
  /** Texts (prompts, answers): kept apart from attributes, sanitised, and left out where policy says so. */
  content(name: string, value: unknown): void
  /** More of the text that this span brings, as it comes; kept nowhere, and shown to those who watch. */
  progress?(text: string): void
  end(error?: unknown): void
}

/** A caller's trace that this one continues. */
export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
  /** False where the caller decided not to record its trace. Default: it is recorded. */
  readonly sampled?: boolean
  /**
   * When the work was handed over, where it then waited in a queue, in milliseconds since the epoch: the
   * wait becomes a span of its own.
   */
  readonly sentAtMs?: number
}

/** `client` marks a request to a provider: these spans alone carry token usage. */
export type SpanKind = 'internal' | 'client'

export type AttributeValue = string | number | boolean | readonly string[] | undefined

export type Attributes = Readonly<Record<string, AttributeValue>>

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const silentSpan: Span = {
  traceId: '0'.repeat(32),
  spanId: '0'.repeat(16),
  child: () => silentSpan,
  set() {},
  event() {},
  content() {},
  end() {},
}

/** Telemetry that keeps nothing. */
export const silentTelemetry: Telemetry = {
  startTrace: () => silentSpan,
  log() {},
  measure() {},
}

/** Runs `work` in a child span and ends it however the work ends. */
export async function inSpan<T>(
  parent: Span,
  name: string,
  work: (span: Span) => Promise<T> | T,
  attributes?: Attributes,
): Promise<T> {
  const span = parent.child(name, attributes)
  try {
    const result = await work(span)
    span.end()
    return result
  } catch (error) {
    span.end(error)
    throw error
  }
}
