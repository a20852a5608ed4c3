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
  const { reason, detail } = whyNot(call, facts.skipped)
  if (textStands(call)) {
    const { text, modelIndex } = call.delivered
    return { status: 'partial', text, modelIndex, reason, detail, ...facts }
  }
  const retryAfterMs = soonestMs(call, facts.skipped)
  return {
    status: 'failed',
    reason,
    detail,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...facts,
  }
}

/** From now to when the first of the models that named a time takes the request. */
function soonestMs(call: Call, skipped: readonly SkippedModel[]): number | undefined {
  const asked = Math.max(0, call.retryAtMs - call.settings.clock.now())
  const hints = skipped.map(({ retryAfterMs = Number.POSITIVE_INFINITY }) => retryAfterMs)
  const soonest = Math.ceil(Math.min(asked, ...hints))
  return Number.isFinite(soonest) ? soonest : undefined
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
