import { type Clock, systemClock } from '../base/clock.ts'
import { invalidConfig } from '../base/errors.ts'
import type { BreakerState, OpenCause } from './shared/breaker-state.ts'
import type { HealthStore } from './shared/health-store.ts'
import { LocalHealth } from './shared/local-health.ts'
import { createMemoryHealthStore } from './shared/memory-health-store.ts'

/**
 * All that calls share, by name: nothing else in this room outlives a call. Hand the same object to every
 * `protect` whose models are the same, and an outage that one pipeline ran into is known to all.
 */
export interface SharedHealth {
  /** Breakers, waits, budgets, rates and quality; behind Redis where several processes share them. */
  readonly store: HealthStore
  /** Concurrency and latencies of a target, which are each process's own. */
  local(key: string): LocalHealth
}

export interface SharedHealthOptions {
  /** Default: the machine's. Must be the clock of the policies that use it. */
  readonly clock?: Clock
  /** From 0 to below 1, for the jitter of the breakers. Default `Math.random`. */
  readonly random?: () => number
  /** Default: the memory of this process. */
  readonly store?: HealthStore
}

/** Makes what calls share. */
export function createSharedHealth(options: SharedHealthOptions = {}): SharedHealth {
  const { clock = systemClock, random = Math.random } = options
  if (typeof random !== 'function') throw invalidConfig('health.random', random, 'a function')
  const locals = new Map<string, LocalHealth>()
  return {
    store: options.store ?? createMemoryHealthStore(clock, random),
    local(key) {
      const known = locals.get(key)
      if (known) return known
      const created = new LocalHealth()
      locals.set(key, created)
      return created
    },
  }
}

/** How one model of a protected model is doing now. */
export interface ModelHealth {
  readonly modelIndex: number
  readonly provider: string
  readonly model: string
  /** What its health is kept under, such as `openai/gpt-5-mini`. */
  readonly key: string
  readonly breaker: BreakerState['name']
  /** Why the breaker is not closed. */
  readonly cause?: OpenCause
  /** Until when nothing is sent, in milliseconds since the epoch: the breaker's wait or the provider's. */
  readonly untilMs?: number
  /** Failures among the calls of the last 10 s, from 0 to 1. */
  readonly failureShare: number
  /** Usual share of answers that fit their schema, from 0 to 1; undefined before the first verdict. */
  readonly validShare?: number
  readonly retriesLeft: number
  readonly inFlight: number
  readonly queued: number
  /** `Infinity` as long as the provider has not pushed back. */
  readonly concurrencyLimit: number
  readonly requestsLastMinute: number
  readonly tokensLastMinute: number
  /** Time to the first content of recent answers; undefined before the first. */
  readonly firstContentMs?: { readonly median: number; readonly p95: number }
  /** All models that the provider said it served under this name. */
  readonly servedModels: readonly string[]
}
