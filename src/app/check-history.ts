import { HoldfastError } from '../base/errors.ts'
import { isRecord, type Json } from '../base/json.ts'
import type { CheckStore } from '../store/check-store.ts'
import type { CaseResult } from './check-models.ts'

/** One check of the models. */
export interface CheckRun {
  readonly startedAtMs: number
  readonly results: readonly CaseResult[]
}

/** Runs that are kept and compared with: a working week of nightly ones. */
const mostRuns = 5

/** The last runs, oldest first, in the store that all processes share. It holds no contents. */
export interface CheckHistory {
  /** @throws STORE_UNAVAILABLE where what is stored is not what a check has written. */
  read(): Promise<readonly CheckRun[]>
  /** Adds a run and lets go of the oldest beyond five. */
  add(run: CheckRun): Promise<void>
}

export function createCheckHistory(store: CheckStore): CheckHistory {
  return {
    async read() {
      return (await store.list()).map(({ startedAtMs, results }) => ({
        startedAtMs,
        results: asResults(results, startedAtMs),
      }))
    },
    add: ({ startedAtMs, results }) =>
      store.add({ startedAtMs, results: toJson(results) }, mostRuns),
  }
}

function toJson(results: readonly CaseResult[]): Json {
  return JSON.parse(JSON.stringify(results))
}

function asResults(value: unknown, startedAtMs: number): readonly CaseResult[] {
  if (Array.isArray(value) && value.every(isResult)) return value
  const at = new Date(startedAtMs).toISOString()
  const message = `The check of ${at} in the store is not what holdfast check has written. Delete its row from the table checks; the next check is compared with the others.`
  throw new HoldfastError('STORE_UNAVAILABLE', message, { location: 'checks' })
}

function isResult(value: unknown): value is CaseResult {
  if (!isRecord(value)) return false
  const texts = [value.pipeline, value.model, value.caseId, value.outcome]
  return (
    texts.every((each) => typeof each === 'string') &&
    typeof value.length === 'number' &&
    typeof value.latencyMs === 'number' &&
    Array.isArray(value.servedModels) &&
    Array.isArray(value.fingerprints)
  )
}
