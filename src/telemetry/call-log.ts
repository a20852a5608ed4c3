import type { LogLevel } from '../base/telemetry-port.ts'
import { callSpanPrefix, genAi, own } from '../model/conventions.ts'
import type { EndedTrace } from './trace-recorder.ts'

/** A line of the log about a call, sanitised. */
export interface CallLine {
  readonly level: LogLevel
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/**
 * The line of a call: who answered, at what cost, and where the time went. A call that was answered by
 * a fallback, or by an answer from before, gets a line of its own for that; the canned answer has one
 * already, from whoever gave it.
 */
export function linesOf(trace: EndedTrace): readonly CallLine[] {
  if (!trace.name.startsWith(callSpanPrefix)) {
    const fields = { traceId: trace.traceId, durationMs: Math.round(trace.durationMs) }
    return [{ level: 'debug', message: trace.name, fields }]
  }
  const { attributes } = trace
  const isDegraded = attributes[own.degraded] === true
  const fields = fieldsOf(trace)
  const level = trace.status === 'error' ? 'error' : isDegraded ? 'warn' : 'info'
  const line: CallLine = { level, message: trace.name, fields }
  const message = isDegraded ? stepsDown[String(attributes[own.source])] : undefined
  if (message === undefined) return [line]
  const { traceId, pipeline, reason, model } = fields
  return [{ level: 'warn', message, fields: { traceId, pipeline, reason, model } }, line]
}

/** What stood in for the primary model, by where the answer came from. */
const stepsDown: Readonly<Record<string, string>> = {
  fallback: 'The primary model did not answer; a fallback did.',
  cache: 'No model answered; an answer from before was given again.',
}

function fieldsOf(trace: EndedTrace) {
  const { attributes } = trace
  const root = trace.spans[0]
  const answering = trace.spans.findLast((span) => span.kind === 'client' && span.status === 'ok')
  return {
    traceId: trace.traceId,
    pipeline: attributes[own.pipeline],
    answerId: attributes[own.answerId],
    status: trace.status,
    source: attributes[own.source],
    reason: attributes[own.degradedReason],
    model: answering?.attributes[genAi.requestModel],
    attempts: attributes[own.attempts],
    inputTokens: attributes[own.usageInputTokens],
    outputTokens: attributes[own.usageOutputTokens],
    costUsd: attributes[own.costUsd],
    durationMs: Math.round(trace.durationMs),
    stations: stationsOf(trace),
    ...(root?.error !== undefined && { error: root.error }),
  }
}

/** Milliseconds by station: the spans directly below the root, and the wait before it. */
function stationsOf({ spans }: EndedTrace): Record<string, number> {
  const [root] = spans
  const stations: Record<string, number> = {}
  for (const span of spans) {
    const isStation = span.parentSpanId === root?.spanId || span.parentSpanId === root?.parentSpanId
    if (span === root || !isStation) continue
    stations[span.name] = Math.round((stations[span.name] ?? 0) + span.durationMs)
  }
  return stations
}
