import { errorType, genAi, own } from '../model/conventions.ts'
import type { SpanRecord, TraceRecord } from '../model/trace.ts'

/** Columns of the time bar. */
const barWidth = 32

/**
 * A trace as lines of text: each span under its parent, with its bar on a common time axis. `┼` is the
 * first content of a streamed answer.
 *
 * @example
 * llm.call onboarding          ├────────────────────────────────┤  412 ms
 *   memory.read                ├┤                                    2 ms
 *   chat rehearsal-1            ├────┼─────────────────────────┤   405 ms  stop · 210→84 tokens
 */
export function drawWaterfall(trace: TraceRecord): string {
  const rows = inOrder(trace.spans)
  const nameWidth = Math.max(...rows.map(({ span, depth }) => depth * 2 + span.name.length))
  return rows
    .map(({ span, depth }) => {
      const name = `${'  '.repeat(depth)}${span.name}`.padEnd(nameWidth)
      const time = `${Math.round(span.durationMs)} ms`.padStart(9)
      return `${name}  ${bar(span, trace)} ${time}  ${describeSpan(span)}`.trimEnd()
    })
    .join('\n')
}

function inOrder(spans: readonly SpanRecord[]): { span: SpanRecord; depth: number }[] {
  const known = new Set(spans.map((span) => span.spanId))
  const rows: { span: SpanRecord; depth: number }[] = []
  const visit = (span: SpanRecord, depth: number) => {
    rows.push({ span, depth })
    for (const child of spans) if (child.parentSpanId === span.spanId) visit(child, depth + 1)
  }
  for (const span of spans) {
    const isTop = span.parentSpanId === undefined || !known.has(span.parentSpanId)
    if (isTop) visit(span, 0)
  }
  return rows
}

function bar(span: SpanRecord, trace: TraceRecord): string {
  const scale = barWidth / Math.max(trace.durationMs, 1)
  const start = Math.min(Math.floor((span.startedAtMs - trace.startedAtMs) * scale), barWidth - 1)
  const length = Math.max(1, Math.min(Math.round(span.durationMs * scale), barWidth - start))
  const whole = length === 1 ? '│' : `├${'─'.repeat(length - 2)}┤`
  const shown = withFirstContent(whole, span, scale)
  return `${' '.repeat(Math.max(0, start))}${shown}`.padEnd(barWidth)
}

function withFirstContent(whole: string, { attributes }: SpanRecord, scale: number): string {
  const firstChunk = attributes[genAi.responseTimeToFirstChunk]
  if (typeof firstChunk !== 'number') return whole
  const at = Math.round(firstChunk * 1_000 * scale)
  const isInside = at > 0 && at < whole.length - 1
  return isInside ? `${whole.slice(0, at)}┼${whole.slice(at + 1)}` : whole
}

/** What a reader wants to know beside the time: who answered, how much, what went wrong. */
function describeSpan({ attributes, error }: SpanRecord): string {
  const parts: string[] = []
  const reasons = attributes[genAi.responseFinishReasons]
  if (Array.isArray(reasons)) parts.push(reasons.join(','))
  const input = attributes[genAi.usageInputTokens]
  if (input !== undefined) parts.push(`${input}→${attributes[genAi.usageOutputTokens]} tokens`)
  const cause = attributes[own.attemptReason]
  if (typeof cause === 'string' && cause !== 'first') parts.push(cause)
  const failure = attributes[errorType] ?? error
  if (failure !== undefined) parts.push(`failed: ${failure}`)
  return parts.join(' · ')
}
