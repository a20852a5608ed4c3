import type { ContextLedger } from './context-ledger.ts'
import type { FailureReason } from './failure-reason.ts'
import type { Usage } from './usage.ts'

/**
 * What a pipeline gives back. `value` always fits the pipeline's output schema, or is a whole text;
 * whether it is what the primary model said is in the type: code that wants to know has to look at
 * `degraded`, and then finds the reason.
 */
export type Answer<Value = unknown> = AnswerFacts<Value> &
  (
    | { readonly source: 'primary' | 'cache'; readonly degraded: false; readonly reason?: never }
    | {
        /** `canned`: all of the value, or the part of some step, was made without a model. */
        readonly source: 'fallback' | 'cache' | 'canned'
        readonly degraded: true
        /** Why the model before it could not answer. */
        readonly reason: DegradedReason
      }
  )

export type AnswerSource = Answer['source']

export interface AnswerFacts<Value> {
  readonly id: string
  readonly pipeline: string
  readonly value: Value
  /** The model behind the value; undefined where no model has a part in it. */
  readonly model: AnsweringModel | undefined
  /** Over all attempts, the failed ones included. */
  readonly usage: Usage
  /** In US dollars over all attempts; undefined where a price is not known. */
  readonly costUsd: number | undefined
  readonly attempts: readonly AttemptRecord[]
  /** What was mended in the text of the model without a call, by rule. Empty for an untouched answer. */
  readonly mended: readonly string[]
  /** What went wrong beside the answer, such as a conversation that could not be stored. Usually empty. */
  readonly warnings: readonly string[]
  /** Where the answer had been made before it was asked for. */
  readonly precomputed?: PrecomputedFacts
  /** What its request consisted of, in tokens as they were counted before it was sent; with memory. */
  readonly context?: ContextLedger
  readonly traceId: string
  readonly latencyMs: number
}

/** What is known of an answer that was made ahead. Its cost stands at `answerId`, where it was made. */
export interface PrecomputedFacts {
  readonly answerId: string
  /** What had it made: `after`, `learned`, `schedule`, or a name of the application's. */
  readonly rule: string
  /** Since it was begun, in milliseconds. */
  readonly ageMs: number
  /** Older than the policy's `freshMs`; a new one is being made. */
  readonly isStale: boolean
  /** How much sooner the answer was there, in milliseconds. */
  readonly savedMs: number
}

export interface AnsweringModel {
  readonly provider: string
  readonly id: string
  /** The rehearsal stand-in answered, not a model. */
  readonly rehearsal?: boolean
}

export interface DegradedReason {
  readonly code: FailureReason
  readonly message: string
}

/** One try at one model. */
export interface AttemptRecord {
  /** From 1, over all models and corrections of the call; in a step, over the calls of the step. */
  readonly attempt: number
  /** The step that it belongs to, in a pipeline of several. */
  readonly step?: string
  readonly provider: string
  readonly model: string
  readonly why: AttemptCause
  readonly outcome: 'ok' | FailureReason
  /** What went wrong, in words; sanitised before it leaves the process. */
  readonly detail?: string
  readonly startedAtMs: number
  readonly durationMs: number
  /** From the start of the attempt to the first content. */
  readonly firstContentMs?: number
  readonly usage?: Usage
  readonly costUsd?: number
  /** The model that the provider says it served. */
  readonly servedModel?: string
  /** The provider's mark of the configuration behind the answer. */
  readonly fingerprint?: string
}

export type AttemptCause = 'first' | 'retry' | 'fallback' | 'hedge' | 'correction' | 'continuation'
