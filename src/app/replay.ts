import { HoldfastError, isHoldfastError } from '../base/errors.ts'
import { differencesOf, type ValueDifference } from './compare-values.ts'
import { nameOf } from './pick-model.ts'
import type { RecordedCall } from './recorded-call.ts'
import type { TrialOutcome, Trials } from './trials.ts'

/** A call as it was and as it is now. */
export interface Replay {
  readonly traceId: string
  readonly pipeline: string
  readonly recordedAtMs: number
  readonly before: CallFacts
  readonly now: CallFacts
  /** Where the values differ; empty where they are the same. */
  readonly differences: readonly ValueDifference[]
  /** What a reader has to know about the comparison. */
  readonly notes: readonly string[]
}

export interface CallFacts {
  /** Sanitised; undefined where the call ended without an answer. */
  readonly value: unknown
  /** `primary`, `fallback`, `cache` or `canned`; `none` for a call without an answer. */
  readonly source: string
  readonly reason: string | undefined
  /** As `provider/id`. */
  readonly model: string | undefined
  readonly servedModel: string | undefined
  readonly attempts: number | undefined
  readonly latencyMs: number
  readonly inputTokens: number | undefined
  readonly outputTokens: number | undefined
  readonly costUsd: number | undefined
}

/**
 * Runs a recorded call again: by today's models in their order, or by the one that `modelName` names.
 *
 * @throws INVALID_INPUT where the recorded input no longer fits the pipeline, with the likely reason.
 */
export async function replay(
  trials: Trials,
  call: RecordedCall,
  modelName?: string,
): Promise<Replay> {
  const { pipeline, input, turns } = call
  const outcome = await trials
    .run({
      pipeline,
      input,
      turns,
      ...(modelName !== undefined && { models: [trials.pickModel(pipeline, modelName)] }),
    })
    .catch((error: unknown) => {
      throw isHoldfastError(error, 'INVALID_INPUT') ? inputMisfit(call, error) : error
    })
  const value = trials.sanitise(outcome.answer?.value)
  return {
    traceId: call.traceId,
    pipeline,
    recordedAtMs: call.startedAtMs,
    before: factsOfRecord(call),
    now: factsOfOutcome(outcome, value),
    differences: differencesOf(call.value, value),
    notes: notesOn(call),
  }
}

function factsOfRecord(call: RecordedCall): CallFacts {
  const { value, reason, model, servedModel, attempts, latencyMs } = call
  const { inputTokens, outputTokens, costUsd, source = 'none' } = call
  const who = { source, reason, model, servedModel, attempts }
  return { value, ...who, latencyMs, inputTokens, outputTokens, costUsd }
}

function factsOfOutcome(
  { answer, reason, latencyMs, servedModels }: TrialOutcome,
  value: unknown,
): CallFacts {
  return {
    value,
    source: answer?.source ?? 'none',
    reason: reason?.code,
    model: answer?.model && nameOf(answer.model),
    servedModel: answer?.attempts.at(-1)?.servedModel ?? servedModels.at(-1),
    attempts: answer?.attempts.length,
    latencyMs,
    inputTokens: answer?.usage.inputTokens,
    outputTokens: answer?.usage.outputTokens,
    costUsd: answer?.costUsd,
  }
}

function notesOn({ placeholders, turns, calls, source }: RecordedCall): string[] {
  const notes = [
    placeholders.length > 0
      ? `The input is the recorded one, which was sanitised: the model sees ${placeholders.join(', ')} in place of the caller's values.`
      : 'The input is the recorded one. It was sanitised, which took nothing out of it.',
  ]
  if (turns.length > 0) {
    notes.push(
      `The conversation before it is what was sent then, sanitised: turns ${turns.length}, without summary, pins and working state. Nothing is written to it.`,
    )
  }
  if (calls > 1) notes.push(`The trace holds ${calls} calls; this is the last one.`)
  if (source === 'cache') {
    notes.push('The recorded answer came from the cache, so its latency and tokens are no measure.')
  }
  return notes
}

function inputMisfit(
  { traceId, pipeline, placeholders }: RecordedCall,
  error: HoldfastError<'INVALID_INPUT'>,
): HoldfastError {
  const { issues } = error.data
  const listed = issues.map(({ path, message }) => `${path}: ${message}`).join('; ')
  const cause =
    placeholders.length > 0
      ? `It was sanitised (${placeholders.join(', ')} stand for the caller's values), and the schema takes no such value; or the schema has changed since.`
      : 'The schema has changed since, or takes values that JSON cannot hold.'
  const message = `The input in trace ${traceId} does not fit ${pipeline} (${listed}). ${cause}`
  return new HoldfastError('INVALID_INPUT', message, { issues }, { cause: error })
}
