import type { Attempt } from '../attempt/attempt.ts'
import type { CallEvent } from '../call-event.ts'
import type { Diagnosis } from '../classify/diagnosis.ts'
import type { Target } from '../target.ts'
import type { Call } from './call.ts'
import { candidatesAfter, secondCandidates } from './candidates.ts'
import { isContinuable } from './continuation.ts'
import { react } from './plan.ts'
import { neededMs } from './time-plan.ts'

/** What is tried after a failure. */
export interface NextAttempt {
  readonly order: readonly Target[]
  readonly waitMs: number
  /** It goes on from what was delivered. */
  readonly continues: boolean
  /** What was delivered is void. */
  readonly voids: boolean
  readonly isRetry: boolean
}

/** Decides what follows a failure, and takes a retry from the budget for it; undefined ends the call. */
export async function decide(
  call: Call,
  attempt: Attempt,
  failure: Diagnosis,
): Promise<NextAttempt | undefined> {
  call.lastFailure = failure
  noteWait(call, failure)
  if (failure.transient && failure.retry !== 'none') call.passing.add(attempt.spec.target)
  else call.passing.delete(attempt.spec.target)
  if (call.signal.aborted || acceptsText(call, attempt, failure)) return undefined
  const mode = modeOf(call, attempt, failure)
  if (mode === 'end') return undefined
  const choice = await choose(call, attempt.spec.target, failure)
  return choice && { ...choice, continues: mode === 'continue', voids: mode === 'restart' }
}

function noteWait(call: Call, { retryAfterMs }: Diagnosis): void {
  if (retryAfterMs === undefined) return
  call.retryAtMs = Math.min(call.retryAtMs, call.settings.clock.now() + retryAfterMs)
}

/** The failure and what follows it, as an event. */
export function failedEvent(
  { spec }: Attempt,
  { reason, detail }: Diagnosis,
  next: NextAttempt | undefined,
): CallEvent {
  const waitMs = Math.round(next?.waitMs ?? 0)
  return {
    type: 'attempt-failed',
    attempt: spec.attempt,
    reason,
    detail,
    next: nameOf(next),
    waitMs,
  }
}

function nameOf(next: NextAttempt | undefined) {
  if (!next) return 'none'
  if (next.continues) return 'continue'
  if (next.voids) return 'restart'
  return next.isRetry ? 'retry' : 'fallback'
}

/** An answer that stopped at its length limit, where the policy takes it. */
function acceptsText(call: Call, { spec }: Attempt, { reason }: Diagnosis): boolean {
  const { acceptLength } = call.settings
  const { text } = spec.gate
  if (reason !== 'length' || !acceptLength || text.trim() === '') return false
  call.delivered.accept(call.spec.options.stream ? call.delivered.text : text, spec.target.index)
  return true
}

/** `fresh`: nothing was delivered, so the failure stays unseen. */
type Mode = 'fresh' | 'continue' | 'restart' | 'end'

function modeOf(call: Call, attempt: Attempt, failure: Diagnosis): Mode {
  const { delivered, midStream, spec } = call
  if (delivered.isEmpty) return 'fresh'
  // Reasoning alone is not an answer: there is nothing to finish and nothing to go on from.
  if (!delivered.hasText) return spec.mayReset ? 'restart' : 'fresh'
  if (midStream === 'finish') return 'end'
  if (attempt.spec.why === 'continuation' && isSeamFailure(failure)) call.seamFailed = true
  const continues =
    midStream === 'continue' && !call.seamFailed && isContinuable(spec.request, failure)
  if (continues) return 'continue'
  return spec.mayReset ? 'restart' : 'end'
}

function isSeamFailure({ reason, scope }: Diagnosis): boolean {
  return reason === 'garbage' && scope === 'request'
}

type Choice = Pick<NextAttempt, 'order' | 'waitMs' | 'isRetry'>

/** Which models may be asked next: the same, those not asked yet, or those that get a second try. */
async function choose(
  call: Call,
  target: Target,
  diagnosis: Diagnosis,
): Promise<Choice | undefined> {
  const others = candidatesAfter(call, target, diagnosis)
  const second = others.length > 0 ? [] : secondCandidates(call, target)
  const { preferred, withoutRetry } = react(
    {
      diagnosis,
      tries: call.triesAt(target),
      retries: call.retries,
      leftMs: call.leftMs,
      neededMs: neededMs(call, target),
      hasOther: others.length + second.length > 0,
    },
    call.settings,
  )
  if (preferred.kind === 'same' && (await takeRetry(call, target))) {
    return { order: [target, ...others], waitMs: preferred.waitMs, isRetry: true }
  }
  if (preferred.kind === 'end' || withoutRetry.kind === 'end') return undefined
  if (others.length > 0) return { order: others, waitMs: 0, isRetry: false }
  const [again] = second
  return again && (await takeRetry(call, again))
    ? { order: [again], waitMs: 0, isRetry: false }
    : undefined
}

async function takeRetry(call: Call, target: Target): Promise<boolean> {
  const isGranted = await call.settings.health.store.takeRetry(target.health)
  if (isGranted) call.retries++
  return isGranted
}
