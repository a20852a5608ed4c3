import type { Deadline } from '../base/deadline.ts'
import type { Span } from '../base/telemetry-port.ts'
import type { AttemptCause, AttemptRecord } from '../model/answer.ts'
import type { FailureReason } from '../model/failure-reason.ts'
import type { ToolCall } from '../model/message.ts'
import type { Model, ModelRequest, ModelResult } from '../model/model.ts'
import type { Usage } from '../model/usage.ts'

/** How one protected call is made. */
export interface CallOptions {
  /** Shared by everything the call does; its signal also carries the caller's abort. */
  readonly deadline: Deadline
  /** True releases text as it comes; false asks for whole answers, and only the outcome carries text. */
  readonly stream: boolean
  /** The parent of the attempts' spans. */
  readonly span?: Span
  /** Index of the first model to try; those before it are not asked. Default 0. */
  readonly startAt?: number
  /** Cause of the first attempt. Default `first`; `correction` when an answer is fed back. */
  readonly why?: AttemptCause
  /** Number of the first attempt. Default 1. */
  readonly firstAttempt?: number
  /** Sent to the provider with each attempt. */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * Gives the answer up without giving up its accounts: when it aborts, what is under way is cancelled
   * and the call ends in order, with `call-finished` as `failed` with `aborted` and its usage. A
   * `MODEL_FAILED` as the reason says what was wrong with the answer; its attempt bears it.
   */
  readonly stop?: AbortSignal
  /**
   * Asked before every attempt, be it a first one, a retry, a fallback or a hedge. A model for which it
   * gives nothing is passed over with the reason `budget`.
   */
  readonly reserve?: Reserve
}

/** Sets aside what an attempt may cost at most; undefined where that is not to be had. */
export type Reserve = (
  attempt: PlannedAttempt,
  signal: AbortSignal,
) => Promise<Reservation | undefined>

export interface PlannedAttempt {
  readonly model: Model
  readonly request: ModelRequest
  /** Text of the answer so far that is sent along, when the attempt goes on from it. */
  readonly delivered: string
}

/**
 * Is settled exactly once, with what the attempt used: undefined for one that cost nothing, `unknown` for
 * one that was sent and lost.
 */
export interface Reservation {
  settle(usage: Usage | 'unknown' | undefined): void
}

/**
 * What happens in a call, in order; the last event is `call-finished`, and there is exactly one. With
 * `stream`, the texts since the start or since the last `reset`, joined, are the beginning of the
 * outcome's text, and at `complete` all of it.
 */
export type CallEvent =
  | {
      readonly type: 'attempt-started'
      readonly attempt: number
      readonly provider: string
      readonly model: string
      readonly modelIndex: number
      readonly why: AttemptCause
    }
  | {
      readonly type: 'attempt-failed'
      readonly attempt: number
      readonly reason: FailureReason
      readonly detail: string
      /**
       * What is tried now: the same model (`retry`), another one (`fallback`), an answer that goes on from
       * the delivered text (`continue`) or begins anew (`restart`); `none` ends the call, or leaves it to
       * another attempt that is under way.
       */
      readonly next: 'retry' | 'fallback' | 'continue' | 'restart' | 'none'
      /** Before the next attempt is sent. */
      readonly waitMs: number
    }
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly text: string }
  /** Given when the answer is whole, and not before: a call in half an answer may lack its sibling. */
  | { readonly type: 'tool-call'; readonly toolCall: ToolCall }
  /** Everything released so far is void. */
  | { readonly type: 'reset'; readonly reason: FailureReason }
  | { readonly type: 'call-finished'; readonly outcome: CallOutcome }

/** How a call ended. There is no way to the text of a partial answer past its `status`. */
export type CallOutcome = CallFacts &
  (
    | { readonly status: 'complete'; readonly result: ModelResult; readonly modelIndex: number }
    | {
        /** Text was released and the rest could not be had, or the model stopped at its length limit. */
        readonly status: 'partial'
        readonly text: string
        readonly modelIndex: number
        readonly reason: FailureReason
        readonly detail: string
      }
    | {
        readonly status: 'failed'
        readonly reason: FailureReason
        readonly detail: string
        /** When a model may take the request again. */
        readonly retryAfterMs?: number
      }
  )

export interface CallFacts {
  /** In the order of their numbers, without gaps. */
  readonly attempts: readonly AttemptRecord[]
  /** Models that were passed over without a request, and why. */
  readonly skipped: readonly SkippedModel[]
  /** Over all attempts; estimated (four characters a token) where a provider did not say. */
  readonly usage: Usage
}

export interface SkippedModel {
  readonly modelIndex: number
  readonly provider: string
  readonly model: string
  readonly reason: FailureReason
  readonly retryAfterMs?: number
}
