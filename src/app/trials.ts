import { systemClock } from '../base/clock.ts'
import { HoldfastError, isHoldfastError } from '../base/errors.ts'
import { createId } from '../base/ids.ts'
import { silentTelemetry } from '../base/telemetry-port.ts'
import { countMessage } from '../context/count-tokens.ts'
import type { Answer, DegradedReason } from '../model/answer.ts'
import type { Model } from '../model/model.ts'
import { listPrices } from '../model/price.ts'
import { degradedReasonOf } from '../pipeline/canned.ts'
import { checkInput } from '../pipeline/check-input.ts'
import type { AnyDefinition, Pipeline } from '../pipeline/definition.ts'
import { type PreparedPipeline, preparePipeline } from '../pipeline/prepare.ts'
import { runPipeline } from '../pipeline/run-pipeline.ts'
import { createSharedHealth } from '../resilience/health.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createRedactor } from '../telemetry/redact/redactor.ts'
import { chooseModels } from './choose-models.ts'
import type { HoldfastConfig } from './holdfast.ts'
import { pickModel } from './pick-model.ts'
import type { EarlierTurn } from './recorded-call.ts'
import { createSeenIdentities, watchModel } from './watch-model.ts'

/**
 * Runs pipelines beside the traffic: a trial has a memory of its own that is gone afterwards, no cache,
 * breakers that know nothing of other calls, and leaves no trace, log line or measurement.
 */
export interface Trials {
  /** The models of a pipeline as they are configured now, in their order. @throws UNKNOWN_PIPELINE */
  models(pipeline: string): readonly Model[]
  /** @throws INVALID_CONFIG where no model is known by that name. */
  pickModel(pipeline: string, name: string): Model
  /** @throws INVALID_INPUT where the input does not fit the pipeline's schema. */
  run(trial: Trial): Promise<TrialOutcome>
  /** A value as it would be recorded, so that it can be compared with one that was. */
  sanitise(value: unknown): unknown
  close(): Promise<void>
}

export interface Trial {
  readonly pipeline: string
  readonly input: unknown
  /** The conversation before it, for pipelines with memory. */
  readonly turns: readonly EarlierTurn[]
  /** Default: those of the pipeline. */
  readonly models?: readonly Model[]
  /** Default: those of the pipeline. */
  readonly corrections?: number
  /** Breaks the trial off, which then rejects with its reason. */
  readonly signal?: AbortSignal
}

export interface TrialOutcome {
  /** Undefined where no model answered and the pipeline has no canned answer. */
  readonly answer: Answer | undefined
  /** Why the first model did not answer. */
  readonly reason: DegradedReason | undefined
  readonly latencyMs: number
  readonly servedModels: readonly string[]
  readonly fingerprints: readonly string[]
}

export async function createTrials(config: HoldfastConfig): Promise<Trials> {
  const clock = config.clock ?? systemClock
  const chosen = await chooseModels(config.models, process.env)
  const redactor = createRedactor(config.redaction)
  const pipelines = new Map(Object.values(config.pipelines).map((each) => [each.name, each]))
  const modelsOf = (pipeline: Pipeline) => pipeline.definition.models ?? chosen.models
  const configured = [...[...pipelines.values()].flatMap(modelsOf), ...chosen.models]

  function find(name: string): Pipeline {
    const pipeline = pipelines.get(name)
    if (pipeline) return pipeline
    const known = [...pipelines.keys()]
    const message = `There is no pipeline ${JSON.stringify(name)}. Known: ${known.join(', ')}.`
    throw new HoldfastError('UNKNOWN_PIPELINE', message, { name, known })
  }

  async function run(trial: Trial): Promise<TrialOutcome> {
    const seen = createSeenIdentities()
    const pipeline = find(trial.pipeline)
    const models = (trial.models ?? modelsOf(pipeline)).map((model) => watchModel(model, seen.add))
    const { corrections = pipeline.definition.corrections } = trial
    const definition = {
      ...pipeline.definition,
      ...(trial.turns.length > 0 && asRecorded(pipeline.definition)),
      models,
      ...(corrections !== undefined && { corrections }),
    }
    const store = openMemoryStore({ clock })
    const services = {
      clock,
      telemetry: silentTelemetry,
      conversations: store.conversations,
      prices: { ...listPrices, ...config.prices },
      redact: (text: string) => redactor.scope().redact(text).text,
    }
    const policy = { health: createSharedHealth({ clock }) }
    try {
      const prepared = await preparePipeline(
        { name: pipeline.name, definition },
        { services, defaultModels: models, policy },
      )
      const startedAtMs = clock.now()
      const result = await attempt({ ...prepared, cache: undefined }, trial)
      await Promise.allSettled(prepared.background)
      return {
        ...result,
        latencyMs: result.answer?.latencyMs ?? clock.now() - startedAtMs,
        servedModels: [...seen.servedModels],
        fingerprints: [...seen.fingerprints],
      }
    } finally {
      await store.close()
    }
  }

  return {
    models: (name) => modelsOf(find(name)),
    pickModel: (pipeline, name) => pickModel(name, modelsOf(find(pipeline)), configured),
    run,
    sanitise: (value) => redactor.scope().redactValue(value),
    close: () => chosen.close(),
  }
}

/** What was shown of the working state stands among the recorded turns; today's would contradict it. */
function asRecorded({ memory }: AnyDefinition): Pick<AnyDefinition, 'memory'> {
  if (!memory) return {}
  const { project: _shownAlready, ...others } = memory
  return { memory: others }
}

async function attempt(
  pipeline: PreparedPipeline,
  { input, turns, signal }: Trial,
): Promise<Pick<TrialOutcome, 'answer' | 'reason'>> {
  await seedMemory(pipeline, input, turns)
  try {
    const answerId = createId('ans', pipeline.services.clock.now())
    const abort = signal && { abortSignal: signal }
    const start = { answerId, runNumber: 1, emit: () => undefined, ...abort }
    const answer = await runPipeline(pipeline, input, start)
    return { answer, reason: answer.reason }
  } catch (error) {
    // With `canned: 'none'` these three are how a call ends when no model answers.
    const isEnd =
      isHoldfastError(error, 'NO_ANSWER') ||
      isHoldfastError(error, 'DEADLINE_EXCEEDED') ||
      isHoldfastError(error, 'CONTEXT_OVERFLOW')
    if (!isEnd) throw error
    return { answer: undefined, reason: degradedReasonOf(error) }
  }
}

async function seedMemory(
  pipeline: PreparedPipeline,
  input: unknown,
  turns: readonly EarlierTurn[],
): Promise<void> {
  const { memory } = pipeline.definition
  if (!memory || turns.length === 0) return
  const { clock, conversations } = pipeline.services
  const conversationId = memory.conversation(await checkInput(pipeline, input))
  await conversations.append(
    conversationId,
    turns.map((message) => ({
      message,
      createdAtMs: clock.now(),
      tokens: countMessage(message),
    })),
  )
}
