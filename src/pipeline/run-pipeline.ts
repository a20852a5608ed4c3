import { untilAborted } from '../base/abort.ts'
import type { Attributes } from '../base/telemetry-port.ts'
import type { Answer, DegradedReason } from '../model/answer.ts'
import { pipelineInput } from '../model/conventions.ts'
import { addUsage, noUsage } from '../model/usage.ts'
import type { KeptAnswer } from './answer-cache.ts'
import { type Budget, openBudget } from './budget.ts'
import { cannedAnswer, degradedReasonOf } from './canned.ts'
import { checkInput } from './check-input.ts'
import { tokensOf } from './correction-budget.ts'
import { type OpenRun, openRun, runFacts } from './open-run.ts'
import type { PreparedPipeline } from './prepare.ts'
import { promptOnce } from './prompt-once.ts'
import { throwIfPutOff } from './put-off.ts'
import { remember } from './remember.ts'
import type { Checkpoints, Run, RunStart } from './run.ts'
import { runSteps } from './run-steps.ts'
import { takePrecomputed } from './take-precomputed.ts'

/** What a way of production found: a value that fits, and where it came from. */
export interface Produced {
  readonly value: unknown
  /** The last of the models that have a part in the value; undefined where none has. */
  readonly modelIndex: number | undefined
  readonly mended: readonly string[]
  readonly stepDown: DegradedReason | undefined
  /** Why a part of the value was made without a model. */
  readonly canned?: DegradedReason | undefined
}

/**
 * Walks one request through the stations. Ends in an answer that fits the schema: from a model, or
 * the canned one. Rejects with INVALID_INPUT before anything is done, with the caller's reason when
 * the caller aborts, and with the failure itself where the pipeline says that it has no canned answer.
 */
export async function runPipeline(
  pipeline: PreparedPipeline,
  input: unknown,
  start: RunStart,
): Promise<Answer> {
  const checked = await checkInput(pipeline, input)
  const run = openRun(pipeline, start)
  // As it was given, so that a replay takes it through the same schema.
  run.span.content(pipelineInput, input)
  try {
    await run.emit({
      type: 'answer-started',
      answerId: run.answerId,
      pipeline: pipeline.name,
      traceId: run.span.traceId,
      run: start.runNumber,
    })
    const answer = await produceOrDegrade(pipeline, checked, run, start)
    const remembered = start.ahead
      ? undefined
      : await remember(pipeline, checked, answer.value, run, start)
    const settled = settle(answer, run, remembered)
    await run.conclude(settled)
    if (!start.ahead && !settled.degraded) lookAhead(pipeline, checked, settled.value)
    return settled
  } catch (error) {
    run.close(error)
    throw error
  } finally {
    run.close()
  }
}

async function produceOrDegrade(
  pipeline: PreparedPipeline,
  input: unknown,
  run: OpenRun,
  start: RunStart,
): Promise<Answer> {
  const kept = start.ahead ? undefined : pipeline.cache?.find(input)
  if (kept?.isFresh) return cachedAnswer(pipeline, kept, run)
  try {
    const precomputed = start.ahead
      ? undefined
      : await untilAborted(takePrecomputed(pipeline, input, run), run.deadline.signal)
    if (precomputed) return precomputed
    const produced = await untilAborted(produce(pipeline, input, run, start), run.deadline.signal)
    const answer = modelAnswer(pipeline, produced, run)
    pipeline.cache?.keep(input, answer)
    return answer
  } catch (error) {
    if (start.abortSignal?.aborted) throw start.abortSignal.reason
    throwIfPutOff(error, run)
    const reason = degradedReasonOf(error)
    await run.giveUp(reason.code)
    if (start.ahead) return nothingAhead(pipeline, reason, run)
    const stale = pipeline.cache?.find(input)
    if (stale) return cachedAnswer(pipeline, stale, run, reason)
    return cannedAnswer(pipeline, input, reason, error, run)
  }
}

async function produce(
  pipeline: PreparedPipeline,
  input: unknown,
  opened: Run,
  { checkpoints }: RunStart,
): Promise<Produced> {
  const budget = await budgetOf(pipeline, input, checkpoints)
  const run = { ...opened, budget }
  return pipeline.definition.prompt
    ? promptOnce(pipeline, input, run)
    : runSteps(pipeline, input, run, checkpoints)
}

async function budgetOf(
  { definition, model, services }: PreparedPipeline,
  input: unknown,
  checkpoints: Checkpoints | undefined,
): Promise<Budget | undefined> {
  const { budget } = definition
  if (!budget) return undefined
  const limits = typeof budget === 'function' ? budget(input) : budget
  return openBudget({ limits, models: model.models, prices: services.prices, checkpoints })
}

function modelAnswer(pipeline: PreparedPipeline, produced: Produced, run: OpenRun): Answer {
  const model =
    produced.modelIndex === undefined ? undefined : pipeline.model.models[produced.modelIndex]
  const facts = {
    id: run.answerId,
    pipeline: pipeline.name,
    value: produced.value,
    model: model && {
      provider: model.provider,
      id: model.id,
      ...(model.capabilities.rehearsal && { rehearsal: true }),
    },
    mended: produced.mended,
    ...runFacts(run),
  }
  if (produced.canned) {
    return { ...facts, source: 'canned', degraded: true, reason: produced.canned }
  }
  return produced.stepDown
    ? { ...facts, source: 'fallback', degraded: true, reason: produced.stepDown }
    : { ...facts, source: 'primary', degraded: false }
}

/** An answer that was made before: as good as new while it is fresh, better than a canned one after. */
function cachedAnswer(
  pipeline: PreparedPipeline,
  { value, model }: KeptAnswer,
  run: OpenRun,
  reason?: DegradedReason,
): Answer {
  const facts = {
    id: run.answerId,
    pipeline: pipeline.name,
    value,
    model,
    mended: [],
    ...runFacts(run),
  }
  return reason
    ? { ...facts, source: 'cache', degraded: true, reason }
    : { ...facts, source: 'cache', degraded: false }
}

/** Nobody waits for it, so a canned answer is of no use; what was spent is. */
function nothingAhead({ name }: PreparedPipeline, reason: DegradedReason, run: OpenRun): Answer {
  const facts = { id: run.answerId, pipeline: name, value: null, model: undefined, mended: [] }
  return { ...facts, ...runFacts(run), source: 'canned', degraded: true, reason }
}

/** Beside the answer, which is out already: what is likely to be asked next is made ahead. */
function lookAhead(
  { precomputed, services, name, background }: PreparedPipeline,
  input: unknown,
  output: unknown,
): void {
  if (!precomputed) return
  const work: Promise<void> = precomputed
    .answered(input, output)
    .catch((error: unknown) =>
      services.telemetry.log('warn', 'Nothing could be made ahead.', { pipeline: name }, error),
    )
    .finally(() => background.delete(work))
  background.add(work)
}

function settle(answer: Answer, run: OpenRun, warning: string | undefined): Answer {
  if (warning !== undefined) run.warnings.push(warning)
  const settled: Answer = {
    ...answer,
    warnings: [...run.warnings],
    latencyMs: run.clock.now() - run.startedAtMs,
  }
  run.span.set({
    'holdfast.source': settled.source,
    'holdfast.degraded': settled.degraded,
    'holdfast.degraded.reason': settled.reason?.code,
    'holdfast.attempts': settled.attempts.length,
    'holdfast.usage.input_tokens': settled.usage.inputTokens,
    'holdfast.usage.output_tokens': settled.usage.outputTokens,
    'holdfast.cost.usd': settled.costUsd,
    'holdfast.rehearsal': settled.model?.rehearsal,
    ...correctionsOf(settled),
  })
  run.span.content('output', settled.value)
  return settled
}

/** What the corrections of an answer came to, where there were any. */
function correctionsOf({ attempts }: Answer): Attributes {
  const corrections = attempts.filter(({ why }) => why === 'correction')
  if (corrections.length === 0) return {}
  const usage = corrections.reduce((sum, each) => addUsage(sum, each.usage ?? noUsage), noUsage)
  const isPriced = corrections.every(({ usage: used, costUsd }) => !used || costUsd !== undefined)
  return {
    'holdfast.corrections': corrections.length,
    'holdfast.corrections.tokens': tokensOf(usage),
    'holdfast.corrections.cost.usd': isPriced
      ? corrections.reduce((sum, { costUsd = 0 }) => sum + costUsd, 0)
      : undefined,
  }
}
