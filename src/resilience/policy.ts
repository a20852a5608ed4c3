import type { Clock } from '../base/clock.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import type { PriceTable } from '../model/price.ts'
import type { SharedHealth } from './health.ts'
import type { RateLimit } from './shared/rate-window.ts'
import type { BudgetLimits } from './shared/traffic-budget.ts'

/**
 * How calls to models are protected. Everything is optional; each default is written at its option with
 * its reason in `settings.ts`. Durations are in milliseconds, shares from 0 to 1.
 */
export interface ProtectPolicy {
  readonly timeout?: TimeoutPolicy
  readonly retries?: RetryPolicy
  readonly breaker?: BreakerPolicy
  /** `false` leaves the validity of answers out of a model's health. */
  readonly quality?: QualityPolicy | false
  /**
   * What happens when an answer breaks off after text was released: `restart` voids it by a `reset` and
   * begins anew; `continue` lets the next model go on from it, where the answer is plain text; `finish`
   * ends with the partial text and the reason. Default `restart`.
   */
  readonly midStream?: MidStream
  /** Takes an answer that stopped at the limit of output tokens, as `partial`. Default false. */
  readonly acceptLength?: boolean
  /** Refuses answers of another model than the one asked for. Default false: it is logged. */
  readonly blockWrongModel?: boolean
  /** An answer that grows beyond this is given up. Default 1 MiB. */
  readonly maxOutputBytes?: number
  readonly concurrency?: ConcurrencyPolicy
  /** For each model; a list gives each model its own, in their order. Default: none. */
  readonly rateLimit?: RateLimit | readonly (RateLimit | undefined)[]
  /** A second request to the next model when the first is slow. Default: none. */
  readonly hedge?: HedgePolicy
  /** Makes one call of identical ones that run at the same time. Default false. */
  readonly singleFlight?: boolean
  /** For `usdPerMinute`; added to the list prices. */
  readonly prices?: PriceTable
  /** What calls share. Default: of this protected model alone. */
  readonly health?: SharedHealth
  readonly clock?: Clock
  /** From 0 to below 1. Default `Math.random`. */
  readonly random?: () => number
  readonly telemetry?: Telemetry
  /** Names the protected model in logs. Default: the first model's id. */
  readonly name?: string
}

export interface TimeoutPolicy {
  /**
   * The longest wait for the first content, counted in content: neither headers nor pings end it. Below it
   * the limit follows the model's own record (1.5 times its p99.5 of the last half hour, at least 500).
   * Default 10,000.
   */
  readonly firstContentMs?: number
  /** The longest pause between two pieces of content. Default 5,000. */
  readonly chunkMs?: number
  /** The longest time that one attempt is waited for. Default 60,000. */
  readonly attemptMs?: number
  /** The deadline of `generate` and `stream`, which are given none. Default 60,000. */
  readonly totalMs?: number
}

export interface RetryPolicy {
  /** Second tries at one model in one call. Default 1. */
  readonly perModel?: number
  /** Second tries in one call, over all models. Default 2. */
  readonly total?: number
  /** Second tries at one model over all calls. Default a fifth of its calls, and one a second. */
  readonly budget?: Partial<BudgetLimits>
  /** The back-off is random between 0 and this, doubled each time. Default 100. */
  readonly baseDelayMs?: number
  /** Default 4,000. */
  readonly maxDelayMs?: number
}

export interface BreakerPolicy {
  /** Default 5. */
  readonly consecutiveFailures?: number
  /** Default 0.5, of at least `minCalls` within 10 s. */
  readonly failureShare?: number
  /** Default 10. */
  readonly minCalls?: number
  /** How long it stays open the first time; it doubles with each time in a row. Default 1,000. */
  readonly openMs?: number
  /** Default 30,000. */
  readonly maxOpenMs?: number
  /** How long the share of calls grows after recovery. Default 5,000. */
  readonly rampMs?: number
}

export interface QualityPolicy {
  /** Below this share of valid answers among the last 20 a model is given up. Default 0.3. */
  readonly leastValidShare?: number
  /** How many answers there are between two false alarms, on average. Default 100,000. */
  readonly falseAlarmEvery?: number
  /** How long the model is left alone the first time. Default 60,000. */
  readonly ejectMs?: number
}

export interface ConcurrencyPolicy {
  /** Attempts at one model at the same time, before the provider has shown its limit. Default: no limit. */
  readonly initial?: number
  /** Default 8. */
  readonly min?: number
  /** Default: no limit. */
  readonly max?: number
  /** Calls that wait at one model. Default 1,000. */
  readonly queueLength?: number
  /** The longest wait. Default 1,000. */
  readonly queueMs?: number
}

export interface HedgePolicy {
  /** How long the first content may take before a second model is asked as well. */
  readonly afterMs: number
  /** Second requests as a share of the calls. Default 0.02. */
  readonly share?: number
}

export type MidStream = 'restart' | 'continue' | 'finish'
