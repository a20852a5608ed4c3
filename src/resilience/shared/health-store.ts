import type { FailureReason } from '../../model/failure-reason.ts'
import type { BreakerResult, BreakerSettings } from './breaker.ts'
import type { BreakerState } from './breaker-state.ts'
import type { QualitySettings } from './quality-test.ts'
import type { Load, RateLimit } from './rate-window.ts'
import type { BudgetLimits } from './traffic-budget.ts'

/**
 * The port to what calls share about the models: breakers, waits that providers asked for, retry budgets,
 * rate limits and quality. In memory it serves one process; behind Redis, several.
 *
 * Guarantees of every implementation:
 * - Each method is atomic for its target: of all callers, one gets the probe of a half-open breaker, and
 *   the last retry of a budget is given once.
 * - No method throws or rejects, and each answers within milliseconds: a store that cannot reach its
 *   backend decides from its own memory.
 * - `settle` takes effect in the order of the calls, also where it answers later.
 */
export interface HealthStore {
  /** Leave to send one attempt, or why not and when to ask again. A permit is settled exactly once. */
  admit(target: HealthTarget, ask: Ask): Awaitable<Permit | Denial>
  settle(target: HealthTarget, permit: Permit, settlement: Settlement): void
  /** Takes one retry from the target's budget; false when it is spent. */
  takeRetry(target: HealthTarget): Awaitable<boolean>
  /** Whether an answer fitted its schema. */
  reportQuality(target: HealthTarget, isValid: boolean): void
  /** The state as far as this process knows it, without waiting. */
  look(target: HealthTarget): TargetState
}

export type Awaitable<T> = T | Promise<T>

/** One model as its health is kept, with the limits that its asker wants held. */
export interface HealthTarget {
  /** `provider/model`, with `@account` where the model names one: what fails together has one key. */
  readonly key: string
  /** `provider@account`: targets that share it lose quota and key together. */
  readonly account: string
  readonly settings: HealthSettings
  /** Told of each change of the breaker's state that this target's askers caused. */
  onChange?(change: HealthChange): void
}

export interface HealthSettings {
  readonly breaker: BreakerSettings
  readonly quality: QualitySettings | undefined
  readonly retryBudget: BudgetLimits
  readonly rateLimit: RateLimit | undefined
}

export interface HealthChange {
  readonly from: BreakerState['name']
  readonly to: BreakerState
}

export interface Ask {
  /** The first attempt of a call at this model: it earns a share of a retry. */
  readonly isFirst: boolean
  /** No other model is left. */
  readonly lastResort: boolean
  /** An estimate, settled later. */
  readonly load: Load
}

/** Leave to send one attempt. What is in it is the store's own business. */
export interface Permit {
  readonly admitted: true
}

export interface Denial {
  readonly admitted: false
  readonly reason: FailureReason
  readonly retryAfterMs: number
  /** Asking again as a last resort, or with more patience, may get another answer. */
  readonly negotiable: boolean
}

/** What came of an attempt. */
export interface Settlement extends BreakerResult {
  /** Nobody sends to the model before this many milliseconds have passed: the provider said so. */
  readonly holdMs?: number
  readonly holdReason?: FailureReason
  /** The ejection is for all models of the account. */
  readonly forAccount?: boolean
  /** False gives the reservation back: nothing was sent. */
  readonly sent: boolean
  readonly load: Load
}

export interface TargetState {
  readonly breaker: BreakerState
  /** From 0 to 1, over the last 10 s. */
  readonly failureShare: number
  /** Until when the provider wants nothing sent, in milliseconds since the epoch. */
  readonly heldUntilMs: number | undefined
  readonly retriesLeft: number
  readonly usedLastMinute: { readonly requests: number } & Load
  /** Undefined as long as no answer has been judged. */
  readonly validShare: number | undefined
}
