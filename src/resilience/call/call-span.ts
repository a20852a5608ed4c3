import type { Span } from '../../base/telemetry-port.ts'
import { errorType, own } from '../../model/conventions.ts'
import type { CallOutcome } from '../call-event.ts'

/** Tells on the span of a call that stands alone what came of it, and ends it. */
export function closeCallSpan(span: Span, outcome: CallOutcome): void {
  const isWhole = outcome.status === 'complete'
  const source = isWhole ? (outcome.modelIndex === 0 ? 'primary' : 'fallback') : undefined
  const failed = outcome.attempts.findLast((attempt) => attempt.outcome !== 'ok')
  span.set({
    [own.source]: source,
    [own.degraded]: source !== 'primary',
    [own.degradedReason]: isWhole
      ? source === 'fallback'
        ? failed?.outcome
        : undefined
      : outcome.reason,
    [own.attempts]: outcome.attempts.length,
    [own.usageInputTokens]: outcome.usage.inputTokens,
    [own.usageOutputTokens]: outcome.usage.outputTokens,
    [errorType]: isWhole ? undefined : outcome.reason,
  })
  span.end(isWhole ? undefined : new Error(outcome.detail))
}
