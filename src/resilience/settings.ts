import { type Clock, systemClock } from '../base/clock.ts'
import { silentTelemetry, type Telemetry } from '../base/telemetry-port.ts'
import { listPrices, type PriceTable } from '../model/price.ts'
import { checkPolicy } from './check-policy.ts'
import { createSharedHealth, type SharedHealth } from './health.ts'
import type { HedgePolicy, MidStream, ProtectPolicy, RetryPolicy, TimeoutPolicy } from './policy.ts'
import type { ConcurrencySettings } from './shared/concurrency-lane.ts'
import type { HealthSettings } from './shared/health-store.ts'

/** A policy with all its values. */
export interface Settings {
  readonly timeout: Required<TimeoutPolicy>
  readonly retries: Required<Omit<RetryPolicy, 'budget'>>
  readonly midStream: MidStream
  readonly acceptLength: boolean
  readonly blockWrongModel: boolean
  readonly maxOutputBytes: number
  readonly concurrency: ConcurrencySettings & { readonly queueMs: number }
  readonly hedge: Required<HedgePolicy> | undefined
  readonly singleFlight: boolean
  readonly prices: PriceTable
  readonly health: SharedHealth
  readonly clock: Clock
  readonly random: () => number
  readonly telemetry: Telemetry
  healthOf(modelIndex: number): HealthSettings
}

export const defaults = {
  timeout: {
    // Reasoning models on long prompts take that long; others are held to their own record.
    firstContentMs: 10_000,
    // Tokens come 10 to 100 ms apart; seconds of silence in the middle of a sentence are a stall.
    chunkMs: 5_000,
    // Long answers take up to a minute; the deadline is nearly always shorter.
    attemptMs: 60_000,
    totalMs: 60_000,
  },
  retries: {
    // One transient failure in twenty makes one call in 400 fail twice; a third try is the fallback's.
    perModel: 1,
    total: 2,
    baseDelayMs: 100,
    maxDelayMs: 4_000,
  },
  // Finagle's share; one a second keeps a quiet service able to retry.
  retryBudget: { share: 0.2, minPerSecond: 1 },
  breaker: {
    // With one failure in twenty, five in a row happen once in three million calls.
    consecutiveFailures: 5,
    failureShare: 0.5,
    minCalls: 10,
    // A second is shorter than any restart, and bounds what a false opening costs.
    openMs: 1_000,
    // After a long outage the primary is back within half a minute of its recovery.
    maxOpenMs: 30_000,
    rampMs: 5_000,
  },
  quality: { leastValidShare: 0.3, falseAlarmEvery: 100_000, ejectMs: 60_000 },
  // No model may write more than 128k tokens, which is half of this.
  maxOutputBytes: 1024 * 1024,
  // A limit nobody knows is not guessed: it is found when the provider pushes back.
  concurrency: {
    initial: Number.POSITIVE_INFINITY,
    // So few at a time are nobody's overload: a lone time-out must not make the next calls queue.
    min: 8,
    max: Number.POSITIVE_INFINITY,
    queueLength: 1_000,
    queueMs: 1_000,
  },
  // The Tail at Scale: 2 % more requests took the p99.9 from 1,800 to 74 ms.
  hedgeShare: 0.02,
} as const

/** Checks a policy once and fills in what it leaves open. @throws INVALID_CONFIG with the option's name. */
export function resolvePolicy(policy: ProtectPolicy): Settings {
  checkPolicy(policy)
  const { clock = systemClock, random = Math.random } = policy
  const health = policy.health ?? createSharedHealth({ clock, random })
  const { budget, ...retries } = policy.retries ?? {}
  const { rateLimit } = policy
  const quality = policy.quality === false ? undefined : { ...defaults.quality, ...policy.quality }
  const shared = {
    breaker: { ...defaults.breaker, ...policy.breaker },
    quality,
    retryBudget: { ...defaults.retryBudget, ...budget },
  }
  return {
    timeout: { ...defaults.timeout, ...policy.timeout },
    retries: { ...defaults.retries, ...retries },
    midStream: policy.midStream ?? 'restart',
    acceptLength: policy.acceptLength ?? false,
    blockWrongModel: policy.blockWrongModel ?? false,
    maxOutputBytes: policy.maxOutputBytes ?? defaults.maxOutputBytes,
    concurrency: { ...defaults.concurrency, ...policy.concurrency },
    hedge: policy.hedge && { share: defaults.hedgeShare, ...policy.hedge },
    singleFlight: policy.singleFlight ?? false,
    prices: { ...listPrices, ...policy.prices },
    health,
    clock,
    random,
    telemetry: policy.telemetry ?? silentTelemetry,
    healthOf: (index) => ({
      ...shared,
      rateLimit: rateLimit && 'length' in rateLimit ? rateLimit[index] : rateLimit,
    }),
  }
}
