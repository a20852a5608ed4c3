import type { ModelResult } from '../../model/model.ts'
import type { Attempt } from '../attempt/attempt.ts'
import type { CallOutcome, SkippedModel } from '../call-event.ts'
import { type Diagnosis, diagnose } from '../classify/diagnosis.ts'
import type { Call } from './call.ts'

/** A whole answer. */
export function complete(call: Call, { spec }: Attempt, result: ModelResult): CallOutcome {
  return { status: 'complete', result, modelIndex: spec.target.index, ...call.facts() }
}

/** No whole answer: what was delivered, where the policy lets it stand, else nothing that counts. */
export function incomplete(call: Call): CallOutcome {
  const facts = call.facts()
  const { reason, detail, retryAfterMs } = whyNot(call, facts.skipped)
  if (textStands(call)) {
    const { text, modelIndex } = call.delivered
    return { status: 'partial', text, modelIndex, reason, detail, ...facts }
  }
  const hints = [retryAfterMs, ...facts.skipped.map((skipped) => skipped.retryAfterMs)]
  const known = hints.filter((hint) => hint !== undefined)
  const hint = known.length > 0 && { retryAfterMs: Math.min(...known) }
  return { status: 'failed', reason, detail, ...hint, ...facts }
}

function textStands({ delivered, midStream, isStopped }: Call): boolean {
  if (!delivered.hasText || isStopped) return false
  return delivered.isAccepted || midStream !== 'restart'
}

function whyNot(call: Call, skipped: readonly SkippedModel[]): Diagnosis {
  if (call.isStopped) return diagnose('aborted', 'The answer was given up by its reader.')
  if (call.signal.aborted)
    return diagnose('deadline', 'The deadline passed before the answer was whole.')
  if (call.lastFailure) return call.lastFailure
  const reasons = skipped.map(({ provider, model, reason }) => `${provider}/${model}: ${reason}`)
  return diagnose(
    skipped[0]?.reason ?? 'deadline',
    `No model could be asked (${reasons.join(', ')}).`,
  )
}
