import type { StandardSchemaV1 } from '@standard-schema/spec'
import { invalidConfig } from '../base/errors.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { DegradedReason } from '../model/answer.ts'
import type { Chat } from '../model/chat.ts'
import type { ToolDefinition } from '../model/message.ts'
import type { Model } from '../model/model.ts'
import type { Usage } from '../model/usage.ts'
import type { ProtectPolicy } from '../resilience/policy.ts'
import type { BudgetLimits, Spent } from './budget.ts'
import { type CorrectionPolicy, resolveCorrections } from './correction-budget.ts'
import type { PrecomputePolicy } from './precomputed.ts'

/** `text`, or a schema that the answer has to fit. */
export type OutputSpec = StandardSchemaV1 | 'text'

export type InputOf<I extends StandardSchemaV1> = StandardSchemaV1.InferOutput<I>

export type OutputOf<O extends OutputSpec> = O extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<O>
  : string

/**
 * One LLM task with all that it needs to survive. Exactly one of `prompt` (one call) and `run`
 * (several steps) is given.
 */
export type PipelineDefinition<
  I extends StandardSchemaV1,
  O extends OutputSpec,
  Made = OutputOf<O>,
  Prepared = OutputOf<O>,
> = PipelineFacts<I, O> & Production<InputOf<I>, Made> & Canned<InputOf<I>, Prepared>

/** What a function gives for an output: its literals count as such, and it may be read-only. */
export type ReadonlyDeep<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends object
    ? { readonly [Key in keyof T]: ReadonlyDeep<T[Key]> }
    : T

export interface PipelineFacts<I extends StandardSchemaV1, O extends OutputSpec> {
  /** Lower-case letters, digits and dashes; it names the pipeline in traces, jobs and addresses. */
  readonly name: string
  readonly input: I
  readonly output: O
  /**
   * The input that a chat of the OpenAI Responses or AI SDK protocol stands for. Default: its only
   * message, as text or as the JSON in that text, whichever fits `input`.
   */
  fromChat?(chat: Chat): StandardSchemaV1.InferInput<I>
  /** In the order in which they are tried. Default: the models of `createHoldfast`. */
  readonly models?: readonly Model[]
  /** The time from the call to the answer that everything shares: retries, fallbacks, corrections. */
  readonly deadlineMs: number
  /**
   * For enqueued answers: the time from acceptance to the answer, waiting and crashes included.
   * Default 60,000. Each run of it is also bound by `deadlineMs`.
   */
  readonly jobDeadlineMs?: number
  readonly memory?: MemoryPolicy<InputOf<I>, OutputOf<O>>
  /**
   * Keeps answers of models in this process. While one is fresh it is given instead of asking; when no
   * model answers, one that is stale comes before the canned answer. Default: none is kept.
   */
  readonly cache?: CachePolicy<InputOf<I>>
  /** Makes answers before anybody asks for them. Default: none is made. */
  readonly precompute?: PrecomputePolicy<InputOf<I>, StandardSchemaV1.InferInput<I>, OutputOf<O>>
  /** How an answer that does not fit is sent back with what is wrong; a number says how often. */
  readonly corrections?: number | CorrectionPolicy
  /**
   * What an answer may cost, over all attempts and runs. An attempt that could pass it is not sent;
   * where none can be, the reason is `budget`. Needs `maxOutputTokens`, by which the most that an
   * attempt can cost is known.
   */
  readonly budget?: BudgetLimits | ((input: InputOf<I>) => BudgetLimits)
  /** The most tokens of an answer. With memory it is also bound by what the budget leaves. */
  readonly maxOutputTokens?: number
  readonly temperature?: number
  readonly policy?: Omit<ProtectPolicy, 'clock' | 'random' | 'health' | 'telemetry' | 'name'>
  /** Inputs on which the canned answer is checked when the application starts. */
  readonly samples?: readonly StandardSchemaV1.InferInput<I>[]
}

export type Production<Input, Output> =
  | { prompt(context: PromptContext<Input>): Prompt; run?: never }
  | { run(context: StepContext<Input>): Promise<Output>; prompt?: never }

/** The answer when no model gave one: synchronous, deterministic, without I/O. `none` must be said. */
export type Canned<Input, Output> =
  | { canned(context: CannedContext<Input>): Output }
  | { readonly canned: 'none' }

export interface PromptContext<Input> {
  readonly input: Input
}

export interface CannedContext<Input> {
  readonly input: Input
  readonly reason: DegradedReason
}

export interface Prompt {
  readonly system?: string
  readonly user: string
  readonly tools?: readonly ToolDefinition[]
}

export interface MemoryPolicy<Input, Output> {
  /** The conversation that a request belongs to. */
  conversation(input: Input): string
  /** The user whose conversation it is, so that all of a user can be deleted. */
  user?(input: Input): string
  /** Input and reserved output together, in tokens. 20 % are reserved for the answer. */
  readonly tokenBudget: number
  /**
   * Finds older turns by meaning, with an embedding model and vectors of your own: the `seq` of each, the
   * nearest first. They are fused by rank with what recall finds by words. A failure, or more than
   * 500 ms, is done without. Turns are read with `app.conversations.readTurns`.
   */
  nearest?(question: NearestQuestion): Promise<readonly number[]>
  /** What the model may see of the working state. Without it: nothing. */
  project?(state: JsonObject): string | undefined
  /** The two sides as they are remembered. Default: the user prompt, and the text or JSON of the answer. */
  remember?(exchange: { input: Input; output: Output }): { user: string; assistant: string }
  /** Changes to the working state after an answer (JSON Merge Patch). */
  updateState?(exchange: {
    input: Input
    output: Output
    state: JsonObject
  }): JsonObject | undefined
}

export interface NearestQuestion {
  readonly conversationId: string
  /** The user prompt. */
  readonly message: string
  /** Aborts when the answer is not waited for any more. */
  readonly signal: AbortSignal
}

export interface CachePolicy<Input> {
  /** How long an answer is as good as a new one. 0: never. */
  readonly freshMs: number
  /** How long it may still be given when no model answers. At least `freshMs`. */
  readonly staleMs: number
  /** What an answer depends on. Default: the whole input as JSON; with memory it has to be said. */
  key?(input: Input): string
  /** Answers that are kept; the one unused for longest goes. Default 1,000. */
  readonly maxAnswers?: number
}

/** What a `run` function works with. */
export interface StepContext<Input> {
  readonly input: Input
  readonly signal: AbortSignal
  /**
   * Runs a named step, traced. When the pipeline runs as a job, the result is checkpointed: a run after
   * a crash takes it from there instead of paying again. Names are unique within a run. Steps may run at
   * the same time: what is asked within one bears its name in events, trace and account.
   */
  step<Result extends Json>(name: string, work: () => Promise<Result>): Promise<Result>
  /** One protected call to the pipeline's models whose answer fits the schema. */
  ask<O extends OutputSpec>(question: StepQuestion<O>): Promise<OutputOf<O>>
  /** As `ask`, with where the answer came from and what it took. */
  answer<O extends OutputSpec>(question: StepQuestion<O>): Promise<StepAnswer<OutputOf<O>>>
  /** What the answer has cost so far: with a budget over all its runs, else in this one. */
  spent(): Spent
}

/** The answer to one question of a step. */
export type StepAnswer<Value> = {
  readonly value: Value
  /** Over all attempts, the failed ones included. */
  readonly usage: Usage
  /** Undefined where a price is not known. */
  readonly costUsd: number | undefined
} & (
  | { readonly source: 'primary' }
  | { readonly source: 'fallback' | 'canned'; readonly reason: DegradedReason }
)

export interface StepQuestion<O extends OutputSpec> extends Prompt {
  readonly output: O
  readonly maxOutputTokens?: number
  readonly temperature?: number
  /** Show the text of this answer to those who follow the pipeline's stream. Default false. */
  readonly show?: boolean
  /**
   * The answer when no model gave one, as the pipeline's own: without I/O. The pipeline's answer then says
   * that it is degraded. Default: `ask` rejects with NO_ANSWER, which leads to the pipeline's canned answer.
   */
  canned?(reason: DegradedReason): ReadonlyDeep<OutputOf<O>>
}

/** A pipeline as it is handed to `createHoldfast`. */
export interface Pipeline<Input = unknown, Output = unknown> {
  readonly name: string
  readonly definition: AnyDefinition
  /** Types alone; nothing is there at run time. */
  readonly '~types'?: { readonly input: Input; readonly output: Output }
}

export type AnyDefinition = PipelineDefinition<StandardSchemaV1, OutputSpec>

const namePattern = /^[a-z][a-z0-9-]{0,63}$/

/**
 * Declares a pipeline. Nothing runs yet; `createHoldfast` brings it to life.
 *
 * @throws INVALID_CONFIG with the option's name where a value cannot work.
 *
 * @example
 * const greet = definePipeline({
 *   name: 'greet',
 *   input: z.object({ name: z.string() }),
 *   output: 'text',
 *   deadlineMs: 5_000,
 *   prompt: ({ input }) => ({ user: `Greet ${input.name} in one sentence.` }),
 *   canned: ({ input }) => `Welcome, ${input.name}.`,
 * })
 */
export function definePipeline<
  I extends StandardSchemaV1,
  O extends OutputSpec,
  const Made extends ReadonlyDeep<OutputOf<O>>,
  const Prepared extends ReadonlyDeep<OutputOf<O>>,
>(
  definition: PipelineDefinition<I, O, Made, Prepared>,
): Pipeline<StandardSchemaV1.InferInput<I>, OutputOf<O>> {
  checkDefinition(definition)
  return { name: definition.name, definition }
}

function checkDefinition(definition: AnyDefinition): void {
  const { name } = definition
  if (!namePattern.test(name)) {
    throw invalidConfig('name', name, 'lower-case letters, digits and dashes, at most 64')
  }
  const check = (option: string, value: unknown, fits: boolean, expected: string) => {
    if (!fits) throw invalidConfig(`${name}.${option}`, value, expected)
  }
  const positive = (value: number | undefined) =>
    value === undefined || (Number.isFinite(value) && value > 0)
  check('deadlineMs', definition.deadlineMs, definition.deadlineMs > 0, 'milliseconds above 0')
  check(
    'jobDeadlineMs',
    definition.jobDeadlineMs,
    positive(definition.jobDeadlineMs),
    'milliseconds above 0',
  )
  check(
    'maxOutputTokens',
    definition.maxOutputTokens,
    positive(definition.maxOutputTokens),
    'a number above 0',
  )
  resolveCorrections(definition.corrections, `${name}.corrections`)
  check(
    'budget',
    definition.budget,
    definition.budget === undefined || definition.maxOutputTokens !== undefined,
    'maxOutputTokens beside it, by which the most that an attempt can cost is known',
  )
  if (definition.memory) {
    const { tokenBudget } = definition.memory
    check('memory.tokenBudget', tokenBudget, tokenBudget >= 200, 'at least 200 tokens')
  }
  if (definition.cache) {
    const { freshMs, staleMs, key, maxAnswers = 1 } = definition.cache
    check('cache.freshMs', freshMs, freshMs >= 0, 'milliseconds, 0 or more')
    check('cache.staleMs', staleMs, staleMs >= freshMs, 'milliseconds, at least freshMs')
    check(
      'cache.maxAnswers',
      maxAnswers,
      Number.isInteger(maxAnswers) && maxAnswers > 0,
      'a whole number above 0',
    )
    const isKeyed = key !== undefined || definition.memory === undefined
    check(
      'cache.key',
      key,
      isKeyed,
      'a function: with memory the input alone does not make the answer',
    )
  }
  if (definition.precompute) checkPrecompute(definition.precompute, check)
  const ways = Number(definition.prompt !== undefined) + Number(definition.run !== undefined)
  check('prompt', definition.prompt, ways === 1, 'exactly one of prompt and run')
  check(
    'canned',
    definition.canned,
    typeof definition.canned === 'function' || definition.canned === 'none',
    "a function that makes the answer when no model can, or 'none' to say that there is none",
  )
}

function checkPrecompute(
  policy: PrecomputePolicy<unknown, unknown, unknown>,
  check: (option: string, value: unknown, fits: boolean, expected: string) => void,
): void {
  const { freshMs, staleMs = freshMs, leastUse = 0, tokensPerDay = 1, schedule, learn } = policy
  check('precompute.freshMs', freshMs, freshMs > 0, 'milliseconds above 0')
  check('precompute.staleMs', staleMs, staleMs >= freshMs, 'milliseconds, at least freshMs')
  check('precompute.leastUse', leastUse, leastUse >= 0 && leastUse <= 1, 'a share from 0 to 1')
  check('precompute.tokensPerDay', tokensPerDay, tokensPerDay > 0, 'a number above 0')
  const everyMs = schedule?.everyMs ?? 1_000
  check('precompute.schedule.everyMs', everyMs, everyMs >= 1_000, 'at least 1,000 milliseconds')
  const { minSessions = 1, minShare = 1 } = learn ?? {}
  check('precompute.learn.minSessions', minSessions, minSessions >= 1, 'a number from 1')
  const isShare = minShare > 0 && minShare <= 1
  check('precompute.learn.minShare', minShare, isShare, 'a share above 0, at most 1')
}
