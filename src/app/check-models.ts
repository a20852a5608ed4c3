import { createHash } from 'node:crypto'
import { HoldfastError, isHoldfastError } from '../base/errors.ts'
import type { FailureReason } from '../model/failure-reason.ts'
import type { Model } from '../model/model.ts'
import { differencesOf, hasShapeOf } from './compare-values.ts'
import { nameOf } from './pick-model.ts'
import type { NamedCase } from './saved-cases.ts'
import type { TrialOutcome, Trials } from './trials.ts'

/** What one model made of one case. */
export interface CaseResult {
  readonly pipeline: string
  /** As `provider/id`. */
  readonly model: string
  /** The rehearsal stand-in answered, not a model. */
  readonly rehearsal: boolean
  /** The case's name, and a digest of what it asks and expects: an edited case is another one. */
  readonly caseId: string
  /** `unanswered`: nothing came that could be judged, as in an outage or at a rate limit. */
  readonly outcome: 'valid' | 'invalid' | 'refused' | 'unanswered'
  /** Why it is not valid. */
  readonly reason: FailureReason | undefined
  /** Valid, and as the case expects it. */
  readonly asExpected: boolean
  readonly servedModels: readonly string[]
  readonly fingerprints: readonly string[]
  /** Characters of the answer as JSON; 0 where it is not valid. */
  readonly length: number
  readonly latencyMs: number
}

/**
 * Asks every model of each case's pipeline, each alone: its first answer counts, without corrections and
 * without the models behind it. Models are asked at the same time, the cases of one in turn.
 *
 * @throws UNKNOWN_PIPELINE, or INVALID_INPUT for a case whose input does not fit; both name the case.
 */
export async function checkModels(
  trials: Trials,
  cases: readonly NamedCase[],
  signal?: AbortSignal,
): Promise<readonly CaseResult[]> {
  const asked = [...Map.groupBy(cases, ({ pipeline }) => pipeline).values()].flatMap((own) =>
    modelsOf(trials, own).map((model) => ({ model, own })),
  )
  const lanes = asked.map(async ({ model, own }) => {
    const results: CaseResult[] = []
    for (const each of own) results.push(await tryCase(trials, each, model, signal))
    return results
  })
  // All lanes end before an error leaves, so that no request goes on behind it.
  const ended = await Promise.allSettled(lanes)
  return ended.flatMap((lane) => {
    if (lane.status === 'rejected') throw lane.reason
    return lane.value
  })
}

/** Of the pipeline that all these cases are for. */
function modelsOf(trials: Trials, [first]: readonly NamedCase[]): readonly Model[] {
  if (!first) return []
  try {
    return trials.models(first.pipeline)
  } catch (error) {
    throw isHoldfastError(error) ? withName(first.name, error) : error
  }
}

async function tryCase(
  trials: Trials,
  each: NamedCase,
  model: Model,
  signal: AbortSignal | undefined,
): Promise<CaseResult> {
  const { pipeline, input, turns = [] } = each
  const outcome = await trials
    .run({ pipeline, input, turns, models: [model], corrections: 0, ...(signal && { signal }) })
    .catch((error: unknown) => {
      throw isHoldfastError(error) ? withName(each.name, error) : error
    })
  const reason = outcome.reason?.code
  const kind = reason === undefined ? 'valid' : kindOf(reason)
  const value = trials.sanitise(outcome.answer?.value)
  return {
    pipeline,
    model: nameOf(model),
    rehearsal: model.capabilities.rehearsal === true,
    caseId: caseIdOf(each),
    outcome: kind,
    reason,
    asExpected: kind === 'valid' && meets(each, value),
    servedModels: outcome.servedModels,
    fingerprints: outcome.fingerprints,
    length: kind === 'valid' ? lengthOf(value) : 0,
    latencyMs: Math.round(timeOf(outcome)),
  }
}

function withName(name: string, error: HoldfastError): HoldfastError {
  const message = `The test case ${name}: ${error.message}`
  return new HoldfastError(error.code, message, error.data, { cause: error })
}

/** What a model said, and not what the way to it did. */
const verdicts: Partial<Record<FailureReason, CaseResult['outcome']>> = {
  refusal: 'refused',
  'content-filter': 'refused',
  length: 'invalid',
  empty: 'invalid',
  garbage: 'invalid',
  'broken-tool-call': 'invalid',
  'invalid-output': 'invalid',
}

const kindOf = (reason: FailureReason) => verdicts[reason] ?? 'unanswered'

function meets({ expected }: NamedCase, value: unknown): boolean {
  if (!expected) return true
  return expected.compare === 'shape'
    ? hasShapeOf(expected.value, value)
    : differencesOf(expected.value, value).length === 0
}

function lengthOf(value: unknown): number {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).length
}

/** Of the attempt that answered: waiting for another one says nothing about the model. */
function timeOf({ answer, latencyMs }: TrialOutcome): number {
  return answer?.attempts.findLast(({ outcome }) => outcome === 'ok')?.durationMs ?? latencyMs
}

function caseIdOf({ name, pipeline, input, turns, expected }: NamedCase): string {
  const asked = JSON.stringify([pipeline, input, turns, expected])
  return `${name}#${createHash('sha256').update(asked).digest('hex').slice(0, 8)}`
}
