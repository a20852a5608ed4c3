import type { FailureReason } from '../model/failure-reason.ts'
import type { CallOutcome } from '../resilience/call-event.ts'

/** Refusals that say nothing against the request nor the model: there is too much of it for now. */
const tooMuch: ReadonlySet<FailureReason | 'ok'> = new Set([
  'rate-limited',
  'overloaded',
  'not-admitted',
])

/**
 * When the first model may be asked again, where each of them takes no more for now and at least one has
 * said how long; undefined where a model failed in another way, since waiting is then no cure.
 */
export function limitedForMs(outcome: CallOutcome): number | undefined {
  if (outcome.status !== 'failed') return undefined
  const lastWords = new Map<string, FailureReason | 'ok'>()
  for (const { provider, model, outcome: said } of outcome.attempts) {
    lastWords.set(`${provider}/${model}`, said)
  }
  for (const { provider, model, reason } of outcome.skipped) {
    lastWords.set(`${provider}/${model}`, reason)
  }
  const isLimited = lastWords.values().every((reason) => tooMuch.has(reason))
  return isLimited ? outcome.retryAfterMs : undefined
}
