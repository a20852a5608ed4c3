import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { HoldfastError, messageOf } from '../base/errors.ts'
import { isRecord } from '../base/json.ts'
import { type EarlierTurn, isEarlierTurn, type RecordedCall } from './recorded-call.ts'

/** Where cases are written and looked for. */
export const defaultCasesFolder = 'holdfast-cases'

/** A call that is to go on working, as one JSON file: made from a trace, and edited by hand. */
export interface SavedCase {
  readonly pipeline: string
  readonly input: unknown
  /** The conversation before it. */
  readonly turns?: readonly EarlierTurn[]
  /** What the answer is held to beside the schema; without it, to the schema alone. */
  readonly expected?: ExpectedValue
  /** Where it comes from. Nothing depends on it. */
  readonly recorded?: RecordedFacts
}

export interface ExpectedValue {
  readonly value: unknown
  /** `shape`: the same kinds of values under the same keys. `value`: the very same. */
  readonly compare: 'shape' | 'value'
}

export interface RecordedFacts {
  readonly traceId: string
  /** As ISO 8601. */
  readonly at: string
  readonly model?: string
  readonly servedModel?: string
  readonly latencyMs: number
}

/** A case and the file that it is in. */
export interface NamedCase extends SavedCase {
  /** The file's name without its ending. */
  readonly name: string
}

/**
 * What a recorded call becomes as a case. The answer of a model is its expectation; a canned one is not,
 * since the case is there to see a model answer.
 */
export function toSavedCase(call: RecordedCall): SavedCase {
  const { pipeline, input, turns, value, model, servedModel, traceId, startedAtMs } = call
  return {
    pipeline,
    input,
    ...(turns.length > 0 && { turns }),
    ...(model !== undefined && value !== undefined && { expected: { value, compare: 'shape' } }),
    recorded: {
      traceId,
      at: new Date(startedAtMs).toISOString(),
      ...(model !== undefined && { model }),
      ...(servedModel !== undefined && { servedModel }),
      latencyMs: Math.round(call.latencyMs),
    },
  }
}

/**
 * Writes a case to a new file, by default `holdfast-cases/<pipeline>-<start of the trace id>.json`.
 *
 * @returns the file's path
 * @throws INVALID_CONFIG where the file is there already or cannot be written.
 */
export function writeCase(call: RecordedCall, file?: string): string {
  const path = resolve(file ?? join(defaultCasesFolder, fileOf(call)))
  if (writeNew(path, call, '--save-test')) return path
  throw new HoldfastError(
    'INVALID_CONFIG',
    `${path} is there already. Delete it, or name another file: --save-test <file>.`,
    { option: '--save-test', value: path },
  )
}

/**
 * Writes a case into a folder, unless it is there already: a case may have been edited since.
 *
 * @throws INVALID_CONFIG where it cannot be written.
 */
export function keepCase(
  call: RecordedCall,
  folder: string = defaultCasesFolder,
): { readonly path: string; readonly isNew: boolean } {
  const path = resolve(join(folder, fileOf(call)))
  return { path, isNew: writeNew(path, call, '--save-tests') }
}

const fileOf = ({ pipeline, traceId }: RecordedCall) => `${pipeline}-${traceId.slice(0, 8)}.json`

/** Whether the file was written; false where it is there already. */
function writeNew(path: string, call: RecordedCall, option: string): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${JSON.stringify(toSavedCase(call), null, 2)}\n`, { flag: 'wx' })
    return true
  } catch (error) {
    if (isRecord(error) && error.code === 'EEXIST') return false
    throw new HoldfastError(
      'INVALID_CONFIG',
      `The test case cannot be written to ${path}: ${messageOf(error)}.`,
      { option, value: path },
      { cause: error },
    )
  }
}

/**
 * Reads all cases of a folder, by name.
 *
 * @throws INVALID_CONFIG that names the folder, or the file and what is wrong with it.
 */
export function readCases(folder: string = defaultCasesFolder): readonly NamedCase[] {
  const path = resolve(folder)
  const files = listJson(path)
  if (files.length > 0) return files.map((file) => readCase(join(path, file)))
  throw caseError(
    path,
    `There is no test case in ${path}. holdfast trace <id> --save-test writes one; --cases <folder> names another folder.`,
  )
}

function listJson(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .toSorted()
  } catch (error) {
    if (isRecord(error) && error.code === 'ENOENT') return []
    throw caseError(folder, `The folder ${folder} cannot be read: ${messageOf(error)}.`, error)
  }
}

function readCase(path: string): NamedCase {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw caseError(path, `The test case ${path} cannot be read: ${messageOf(error)}.`, error)
  }
  const wrong = wrongWith(value)
  if (wrong !== undefined) throw caseError(path, `The test case ${path} ${wrong}.`)
  // `wrongWith` has looked at every field that is relied on.
  return { ...(value as SavedCase), name: basename(path, '.json') }
}

function wrongWith(value: unknown): string | undefined {
  if (!isRecord(value)) return 'is no JSON object'
  if (typeof value.pipeline !== 'string') return 'names no pipeline: it needs "pipeline"'
  if (value.input === undefined) return 'has no "input"'
  const { turns = [], expected } = value
  if (!Array.isArray(turns) || !turns.every(isEarlierTurn)) {
    return 'has "turns" that are no list of { "role": "user" or "assistant", "content": text }'
  }
  if (expected === undefined) return undefined
  const fits =
    isRecord(expected) &&
    expected.value !== undefined &&
    (expected.compare === 'shape' || expected.compare === 'value')
  return fits ? undefined : 'needs "expected" as { "value": …, "compare": "shape" or "value" }'
}

function caseError(path: string, message: string, cause?: unknown): HoldfastError {
  return new HoldfastError('INVALID_CONFIG', message, { option: '--cases', value: path }, { cause })
}
