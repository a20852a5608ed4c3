import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { HoldfastError, messageOf } from '../base/errors.ts'
import { isRecord } from '../base/json.ts'
import type { CaseResult } from './check-models.ts'

/** One `holdfast check`. */
export interface CheckRun {
  readonly startedAtMs: number
  readonly results: readonly CaseResult[]
}

/** Runs that are kept and compared with: a working week of nightly ones. */
const mostRuns = 5

/** The last runs, oldest first, in `checks.json` of the data folder. It holds no contents. */
export interface CheckHistory {
  /** @throws STORE_UNAVAILABLE where the file cannot be read. */
  read(): readonly CheckRun[]
  /** Adds a run and lets go of the oldest beyond five. The file is whole at any time. */
  add(run: CheckRun): void
}

/** @param dataFolder the folder of the database */
export function openCheckHistory(dataFolder: string): CheckHistory {
  const path = join(resolve(dataFolder), 'checks.json')
  const read = () => readRuns(path)
  return {
    read,
    add(run) {
      const text = JSON.stringify({ runs: [...read(), run].slice(-mostRuns) })
      try {
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(`${path}.new`, text)
        renameSync(`${path}.new`, path)
      } catch (error) {
        throw unavailable(path, `cannot be written: ${messageOf(error)}`, error)
      }
    },
  }
}

function readRuns(path: string): readonly CheckRun[] {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (isRecord(error) && error.code === 'ENOENT') return []
    throw unavailable(path, `cannot be read: ${messageOf(error)}`, error)
  }
  const runs: unknown = isRecord(value) ? value.runs : undefined
  if (Array.isArray(runs) && runs.every(isRun)) return runs
  throw unavailable(path, 'is not what holdfast check has written')
}

function isRun(value: unknown): value is CheckRun {
  return (
    isRecord(value) &&
    typeof value.startedAtMs === 'number' &&
    Array.isArray(value.results) &&
    value.results.every(isResult)
  )
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

function unavailable(path: string, what: string, cause?: unknown): HoldfastError {
  const message = `The earlier checks in ${path}: the file ${what}. Mend or delete it; without it, the next check has nothing to compare with.`
  return new HoldfastError('STORE_UNAVAILABLE', message, { location: path }, { cause })
}
