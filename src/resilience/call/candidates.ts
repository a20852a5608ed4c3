import type { Diagnosis } from '../classify/diagnosis.ts'
import type { Target } from '../target.ts'
import type { Call } from './call.ts'

/** The models that a call may begin with, in order. */
export function firstCandidates({ spec }: Call): readonly Target[] {
  return spec.targets.slice(spec.options.startAt ?? 0)
}

/**
 * The models that a call may turn to after a failure at `failed`, best first: those it has not asked yet.
 * After a failure of the provider the models of other providers come first, being in another failure
 * domain; after a context that was too long no smaller window is asked.
 */
export function candidatesAfter(
  call: Call,
  failed: Target,
  diagnosis?: Diagnosis,
): readonly Target[] {
  const untried = firstCandidates(call).filter(
    (target) => target !== failed && call.triesAt(target) === 0,
  )
  if (diagnosis?.reason === 'context-too-long')
    return untried.filter((to) => !isSmaller(to, failed))
  if (diagnosis?.scope !== 'provider') return untried
  const isElsewhere = ({ model }: Target) => model.provider !== failed.model.provider
  return [...untried.filter(isElsewhere), ...untried.filter((target) => !isElsewhere(target))]
}

/**
 * Where every model has been asked: those that failed before `failed` in a way that may have passed, and
 * have a second try left.
 */
export function secondCandidates(call: Call, failed: Target): readonly Target[] {
  const { perModel, total } = call.settings.retries
  if (call.retries >= total) return []
  return firstCandidates(call).filter(
    (target) => target !== failed && call.passing.has(target) && call.triesAt(target) <= perModel,
  )
}

/** Unknown windows are given the benefit of the doubt, equal ones too: tokenizers differ. */
function isSmaller(target: Target, than: Target): boolean {
  const window = target.model.capabilities.contextWindow
  const tooSmall = than.model.capabilities.contextWindow
  return window !== undefined && tooSmall !== undefined && window < tooSmall
}
