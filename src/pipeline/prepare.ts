import { HoldfastError, invalidConfig } from '../base/errors.ts'
import { loadTokenizer } from '../context/count-tokens.ts'
import { createTokenCalibration, type TokenCalibration } from '../context/token-calibration.ts'
import type { Model } from '../model/model.ts'
import { validate } from '../model/schema.ts'
import { type ProtectedModel, type ProtectPolicy, protect } from '../resilience/protect.ts'
import { type AnswerCache, createAnswerCache } from './answer-cache.ts'
import { type AnswerReader, createAnswerReader } from './answer-reader.ts'
import { checkBudget } from './budget.ts'
import { type ConversationStates, createConversationStates } from './conversation-states.ts'
import type { AnyDefinition, Pipeline } from './definition.ts'
import type { PrecomputedAnswers } from './precomputed.ts'
import type { PipelineServices } from './run.ts'

/** A pipeline with its models behind their guard, ready to run. */
export interface PreparedPipeline {
  readonly name: string
  readonly definition: AnyDefinition
  readonly model: ProtectedModel
  readonly reader: AnswerReader
  /** Where the pipeline keeps answers; undefined where it does not. */
  readonly cache: AnswerCache | undefined
  readonly services: PipelineServices
  readonly states: ConversationStates
  /** How the first model counts tokens, learned from what its provider reports. */
  readonly calibration: TokenCalibration
  /** Work beside the calls, such as summaries; await it all before the store is closed. */
  readonly background: Set<Promise<void>>
  /** Answers made ahead; undefined where the pipeline makes none. */
  readonly precomputed: PrecomputedAnswers | undefined
  /** Aborts the work beside the calls, when the application is closed. */
  readonly closing: AbortSignal
}

export interface PrepareOptions {
  readonly services: PipelineServices
  /** For pipelines that name none of their own. */
  readonly defaultModels: readonly Model[]
  readonly policy?: Pick<ProtectPolicy, 'health' | 'random'>
  /** Answers made ahead of this pipeline. Default: none. */
  readonly precomputed?: PrecomputedAnswers | undefined
  /** Aborts work beside the calls. Default: never. */
  readonly closing?: AbortSignal
}

/**
 * Binds a pipeline to its models and checks its canned answer on its samples, so that a canned answer
 * that does not fit its schema is found when the application starts and not in the outage.
 */
export async function preparePipeline(
  pipeline: Pipeline,
  options: PrepareOptions,
): Promise<PreparedPipeline> {
  const { definition } = pipeline
  const models = definition.models ?? options.defaultModels
  if (models.length === 0) {
    throw invalidConfig(`${pipeline.name}.models`, '[]', 'at least one model')
  }
  // Turns are counted when they are stored and when they are sent.
  if (definition.memory) await loadTokenizer()
  const { clock, telemetry, prices } = options.services
  const { budget } = definition
  if (budget && typeof budget === 'object') checkBudget(budget, models, prices)
  const prepared: PreparedPipeline = {
    name: pipeline.name,
    definition,
    services: options.services,
    states: createConversationStates(),
    calibration: createTokenCalibration(models[0]?.id ?? ''),
    background: new Set(),
    precomputed: options.precomputed,
    closing: options.closing ?? new AbortController().signal,
    cache:
      definition.cache &&
      createAnswerCache(definition.cache, clock, (input) => definition.memory?.conversation(input)),
    reader: createAnswerReader(pipeline.name, definition.output, options.services.redact),
    model: protect(models, {
      ...definition.policy,
      ...options.policy,
      clock,
      telemetry,
      name: pipeline.name,
    }),
  }
  await checkCanned(prepared)
  return prepared
}

async function checkCanned({ name, definition }: PreparedPipeline): Promise<void> {
  if (definition.canned === 'none') return
  for (const [index, sample] of (definition.samples ?? []).entries()) {
    const input = await validate(definition.input, sample)
    if (!input.ok) {
      throw invalidConfig(
        `${name}.samples[${index}]`,
        JSON.stringify(sample),
        'an input that fits the schema',
      )
    }
    const value = definition.canned({
      input: input.value,
      reason: { code: 'unknown', message: 'The start-up check of the canned answer.' },
    })
    if (definition.output === 'text') {
      if (typeof value !== 'string' || value === '') {
        throw invalidConfig(`${name}.canned`, String(value), 'a text that is not empty')
      }
      continue
    }
    const output = await validate(definition.output, value)
    if (output.ok) continue
    const issues = output.issues
      .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
      .join('; ')
    throw new HoldfastError(
      'INVALID_CONFIG',
      `The canned answer of ${name} does not fit its own output schema for samples[${index}]: ${issues}. Mend canned() so that it returns a valid value.`,
      { option: `${name}.canned`, value },
    )
  }
}
