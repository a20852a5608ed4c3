import type { Clock } from '../base/clock.ts'
import type { CheckHistory } from './check-history.ts'
import { type CaseResult, checkModels } from './check-models.ts'
import { judgeCheck, type ModelCheck } from './judge-check.ts'
import type { NamedCase } from './saved-cases.ts'
import type { Trials } from './trials.ts'

export interface CheckReport {
  /** How many cases there are. */
  readonly cases: number
  /** When the runs before began, oldest first; empty at the first run. */
  readonly comparedWith: readonly number[]
  readonly models: readonly ModelCheck[]
  readonly results: readonly CaseResult[]
}

export interface CheckOptions {
  readonly trials: Trials
  readonly cases: readonly NamedCase[]
  readonly history: CheckHistory
  readonly clock: Clock
  /** Breaks the check off, which then counts for nothing. */
  readonly signal?: AbortSignal
}

/**
 * Asks every model the saved cases, compares with the runs before, and keeps the run for those to come.
 *
 * @throws UNKNOWN_PIPELINE, or INVALID_INPUT for a case whose input does not fit; STORE_UNAVAILABLE.
 */
export async function runCheck(options: CheckOptions): Promise<CheckReport> {
  const { trials, cases, history, clock, signal } = options
  const earlier = await history.read()
  const startedAtMs = clock.now()
  const results = await checkModels(trials, cases, signal)
  signal?.throwIfAborted()
  const models = judgeCheck(
    results,
    earlier.flatMap((run) => run.results),
  )
  await history.add({ startedAtMs, results })
  return {
    cases: cases.length,
    comparedWith: earlier.map((run) => run.startedAtMs),
    models,
    results,
  }
}
