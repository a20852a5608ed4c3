import { HoldfastError } from '../base/errors.ts'
import { isRecord } from '../base/json.ts'
import { callSpanPrefix, genAi, own, pipelineInput } from '../model/conventions.ts'
import type { SpanRecord, TraceRecord } from '../model/trace.ts'

/** A message of the conversation before a call. */
export interface EarlierTurn {
  readonly role: 'user' | 'assistant'
  readonly content: string
}

/** One call of a pipeline as its trace holds it: all of it sanitised. */
export interface RecordedCall {
  readonly traceId: string
  readonly pipeline: string
  readonly startedAtMs: number
  readonly input: unknown
  /** What was sent of the conversation before it; empty for a pipeline without memory. */
  readonly turns: readonly EarlierTurn[]
  /** Undefined where the call ended in an error. */
  readonly value: unknown
  readonly source: string | undefined
  readonly degraded: boolean
  /** Why it was degraded, or the error that it ended in. */
  readonly reason: string | undefined
  /** As `provider/id`; undefined where no model answered. */
  readonly model: string | undefined
  readonly servedModel: string | undefined
  readonly attempts: number | undefined
  readonly inputTokens: number | undefined
  readonly outputTokens: number | undefined
  readonly costUsd: number | undefined
  readonly latencyMs: number
  /** What stands in the input for values that the redactor took out, such as `[EMAIL_1]`. */
  readonly placeholders: readonly string[]
  /** Calls that the trace holds; the last one is meant. */
  readonly calls: number
}

/**
 * Reads the last call of a trace.
 *
 * @throws NOT_FOUND where the trace holds no call or not its input, INVALID_INPUT where the recorded
 * input is not whole; both say why it cannot be run again.
 */
export function readRecordedCall(trace: TraceRecord): RecordedCall {
  const calls = trace.spans.filter(({ name }) => name.startsWith(callSpanPrefix))
  const call = calls.toSorted((left, right) => endOf(left) - endOf(right)).at(-1)
  if (!call) {
    throw missing(
      trace.traceId,
      `it records ${trace.name}, and no call of a pipeline (a span ${callSpanPrefix}<pipeline>)`,
    )
  }
  const { attributes, content } = call
  const input = content[pipelineInput]
  if (input === undefined) {
    throw missing(
      trace.traceId,
      `it has no ${pipelineInput}: it was recorded by an older version, or by a writer that keeps no contents`,
    )
  }
  const texts = textsOf(input)
  checkWhole(texts, trace.traceId)
  const answered = attributes[own.source] !== 'canned' && attributes[own.source] !== undefined
  const attempt = answered ? lastAttempt(trace, call) : undefined
  return {
    traceId: trace.traceId,
    pipeline: text(attributes[own.pipeline]) ?? call.name.slice(callSpanPrefix.length),
    startedAtMs: call.startedAtMs,
    input,
    turns: attributes[genAi.conversationId] === undefined ? [] : earlierTurns(content.input),
    value: content.output,
    source: text(attributes[own.source]),
    degraded: attributes[own.degraded] === true,
    reason: text(attributes[own.degradedReason]) ?? call.error,
    model:
      attempt &&
      `${attempt.attributes[genAi.providerName]}/${attempt.attributes[genAi.requestModel]}`,
    servedModel: attempt && text(attempt.attributes[genAi.responseModel]),
    attempts: number(attributes[own.attempts]),
    inputTokens: number(attributes[own.usageInputTokens]),
    outputTokens: number(attributes[own.usageOutputTokens]),
    costUsd: number(attributes[own.costUsd]),
    latencyMs: call.durationMs,
    placeholders: [...new Set(texts.flatMap((each) => each.match(placeholder) ?? []))],
    calls: calls.length,
  }
}

const placeholder = /\[[A-Z][A-Z0-9_]*_\d+\]/g

/** What the recorder writes in the place of a text that it could not keep whole. */
const notWhole = /… \[cut from \d+ characters\]$|\[REDACTION_FAILED len=\d+\]|^\[Circular\]$/

function checkWhole(texts: readonly string[], traceId: string): void {
  const broken = texts.map((each) => notWhole.exec(each)?.[0]).find((found) => found !== undefined)
  if (broken === undefined) return
  const message = `The input in trace ${traceId} is not whole: it holds ${JSON.stringify(broken.trim())}. Texts above a megabyte are kept in part, and what cannot be redacted is not kept; this call cannot be run again.`
  throw new HoldfastError('INVALID_INPUT', message, {
    issues: [{ path: pipelineInput, message: broken.trim() }],
  })
}

function missing(traceId: string, why: string): HoldfastError {
  return new HoldfastError(
    'NOT_FOUND',
    `The call in trace ${JSON.stringify(traceId)} cannot be run again, since ${why}.`,
    { kind: 'recorded input', id: traceId },
  )
}

function endOf({ startedAtMs, durationMs }: SpanRecord): number {
  return startedAtMs + durationMs
}

/** The attempt that gave the answer: the last one below the call that did not fail. */
function lastAttempt({ spans }: TraceRecord, call: SpanRecord): SpanRecord | undefined {
  const below = new Set([call.spanId])
  for (const { spanId, parentSpanId } of spans) {
    if (parentSpanId !== undefined && below.has(parentSpanId)) below.add(spanId)
  }
  return spans.findLast(
    ({ kind, status, spanId }) => kind === 'client' && status === 'ok' && below.has(spanId),
  )
}

/** What was said before; the last message is the one that the pipeline makes of its input. */
function earlierTurns(messages: unknown): EarlierTurn[] {
  return Array.isArray(messages) ? messages.slice(0, -1).filter(isEarlierTurn) : []
}

export function isEarlierTurn(value: unknown): value is EarlierTurn {
  if (!isRecord(value) || typeof value.content !== 'string') return false
  return value.role === 'user' || value.role === 'assistant'
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsOf)
  return isRecord(value) ? Object.entries(value).flatMap((entry) => entry.flatMap(textsOf)) : []
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
const number = (value: unknown) => (typeof value === 'number' ? value : undefined)
