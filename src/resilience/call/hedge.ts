import { HoldfastError } from '../../base/errors.ts'
import type { Attempt, AttemptStep } from '../attempt/attempt.ts'
import type { CallEvent } from '../call-event.ts'
import type { Call } from './call.ts'
import { candidatesAfter } from './candidates.ts'
import { startAttempt, startedEvent } from './start-attempt.ts'

/** An attempt and the first thing it gave. */
export interface Opened {
  readonly attempt: Attempt
  readonly step: AttemptStep
}

interface Runner {
  readonly attempt: Attempt
  readonly opening: Promise<Opened>
}

/**
 * Waits for the first content of an attempt. Where the policy asks for it and the first attempt of a call
 * is slow, a second model is asked as well; the first content wins, and the other attempt is cancelled.
 */
export async function* openFirst(
  call: Call,
  attempt: Attempt,
): AsyncGenerator<CallEvent, Opened, undefined> {
  const first = run(attempt)
  if (call.settings.hedge) attempt.spec.target.local.hedges.deposit(call.settings.clock.now())
  if (!mayHedge(call) || (await isQuick(call, first))) return first.opening
  const second = await startHedge(call, attempt)
  if (!second) return first.opening
  yield startedEvent(second)
  return yield* race(call, first, run(second))
}

function run(attempt: Attempt): Runner {
  return { attempt, opening: attempt.next().then((step) => ({ attempt, step })) }
}

function mayHedge({ settings, attemptCount, delivered }: Call): boolean {
  return settings.hedge !== undefined && attemptCount === 1 && delivered.isEmpty
}

/** Whether the first content, or the end, comes before the hedge's time. */
function isQuick(call: Call, { opening }: Runner): Promise<boolean> {
  const { hedge, clock } = call.settings
  return new Promise((resolve, reject) => {
    const cancel = clock.setTimer(hedge?.afterMs ?? 0, () => resolve(false))
    opening.then(() => {
      cancel()
      resolve(true)
    }, reject)
  })
}

/** A floor of one hedge in ten seconds: a share of nearly no traffic would never allow one. */
const leastHedgesPerSecond = 0.1

async function startHedge(call: Call, slow: Attempt): Promise<Attempt | undefined> {
  const { clock, hedge } = call.settings
  const { hedges } = slow.spec.target.local
  const order = candidatesAfter(call, slow.spec.target)
  const limits = { share: hedge?.share ?? 0, minPerSecond: leastHedgesPerSecond }
  if (order.length === 0 || !hedges.tryWithdraw(clock.now(), limits)) return undefined
  return startAttempt(call, { order, continues: false, why: 'hedge', mayWait: false })
}

/** The first content wins; a failure leaves the field to the other. */
async function* race(
  call: Call,
  one: Runner,
  other: Runner,
): AsyncGenerator<CallEvent, Opened, undefined> {
  const opened = await Promise.race([one.opening, other.opening])
  const loser = opened.attempt === one.attempt ? other : one
  if (opened.step.type !== 'failed') {
    loser.attempt.cancel(lostHedge(loser.attempt))
    return opened
  }
  call.lastFailure = opened.step.diagnosis
  const { reason, detail } = opened.step.diagnosis
  const { attempt } = opened.attempt.spec
  yield { type: 'attempt-failed', attempt, reason, detail, next: 'none', waitMs: 0 }
  return loser.opening
}

function lostHedge({ spec }: Attempt): HoldfastError {
  const { provider, id } = spec.target.model
  const data = { provider, model: id, reason: 'aborted' }
  return new HoldfastError('MODEL_FAILED', `${provider}/${id}: another attempt was faster.`, data)
}
