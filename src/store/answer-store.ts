import type { Json, JsonObject } from '../base/json.ts'
import type { TraceParent } from '../base/telemetry-port.ts'
import type { Answer } from '../model/answer.ts'

/**
 * Answers that are made apart from the request that asked for them, from the moment they are
 * accepted, with the checkpoints of their steps.
 *
 * Guarantees of every implementation: `create` is durable once it resolves; an answer ends exactly
 * once; a write with a run number that is not the newest is refused with STALE_RUN.
 */
export interface AnswerStore {
  /**
   * Accepts an answer; with a known idempotency key or id it returns the one that is there instead,
   * or throws IDEMPOTENCY_CONFLICT when that one has another input. A new one gets its start tag.
   */
  create(request: AnswerRequest): Promise<AcceptedAnswer>
  /**
   * Begins a run and returns its number, from 1; runs before it may write no more. An answer that has
   * ended stays ended: the run may then only complete its event log. The clock of its priority goes on
   * to its start tag.
   */
  startRun(answerId: string): Promise<number>
  /** Ends an answer; refused with STALE_RUN also when it has ended already, such as by `cancel`. */
  finish(answerId: string, run: number, result: AnswerResult): Promise<void>
  /**
   * Puts an answer back to waiting, for a later run: one whose run `run` was put off, or that failed. Its
   * error is forgotten; input and checkpoints stay. Tells whether it did: what was completed or cancelled
   * stays so. Refused with STALE_RUN unless `run` is the newest.
   */
  requeue(answerId: string, run: number): Promise<boolean>
  /**
   * Ends an answer that has not ended yet as cancelled; tells whether it did. One that was not begun takes
   * no turn of its tenant. NOT_FOUND if unknown.
   */
  cancel(answerId: string): Promise<boolean>
  /**
   * Deletes an answer with its steps and events, and tells whether it was there. What a run of it
   * still writes is refused.
   */
  delete(answerId: string): Promise<boolean>
  get(answerId: string): Promise<AnswerRecord | undefined>
  /** Newest first. */
  list(filter: AnswerFilter): Promise<readonly AnswerRecord[]>
  /** The checkpointed result of a step, if an earlier run got that far. */
  getStep(answerId: string, step: string): Promise<{ readonly value: Json } | undefined>
  putStep(answerId: string, run: number, step: string, value: Json): Promise<void>
}

export interface AnswerRequest {
  readonly id: string
  readonly pipeline: string
  readonly input: Json
  readonly createdAtMs: number
  readonly conversationId?: string
  /** Unique per pipeline. */
  readonly idempotencyKey?: string
  /** The span of its acceptance, below which whichever worker makes it goes on. */
  readonly traceParent?: TraceParent
  readonly origin?: AnswerOrigin
  /** Whose answer it is: answers of one priority are begun in turn, tenant by tenant. Default: nobody's. */
  readonly tenant?: string
  /** From 0, the most urgent and the default. */
  readonly priority?: number
}

/** How an answer was asked for, kept for the protocol that accepted it. */
export interface AnswerOrigin {
  /**
   * The chat that it belongs to, to be found by; whose chat it is has to be in the text. Where the
   * pipeline has no memory it is the conversation of the answer, with which it is deleted.
   */
  readonly thread?: string
  /** What the protocol needs to speak of the answer later; opaque to the store. */
  readonly facts: JsonObject
}

export interface AcceptedAnswer {
  readonly record: AnswerRecord
  readonly created: boolean
  /** How far the clock of its priority has come: the highest start tag of an answer that was begun. */
  readonly clock: number
}

export interface AnswerRecord extends AnswerRequest {
  readonly state: AnswerState
  /** Runs begun so far. */
  readonly run: number
  /**
   * When it is its turn, in rounds over the tenants of its priority: the later of the clock and the tag
   * after its tenant's last one, as in start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996).
   */
  readonly startTag: number
  readonly answer?: Answer
  readonly error?: { readonly code: string; readonly message: string }
  readonly finishedAtMs?: number
}

export type AnswerState = 'waiting' | 'active' | 'completed' | 'failed' | 'cancelled'

export type AnswerResult =
  | { readonly state: 'completed'; readonly answer: Answer; readonly finishedAtMs: number }
  | {
      readonly state: 'failed'
      readonly error: { readonly code: string; readonly message: string }
      readonly finishedAtMs: number
    }

/** Ids of answers that were made before anybody asked begin with it. */
export const aheadIdPrefix = 'pre_'

export interface AnswerFilter {
  readonly pipeline?: string
  readonly conversationId?: string
  readonly thread?: string
  readonly state?: AnswerState
  /** Of conversations that this user owns now. */
  readonly userId?: string
  /** Also answers made ahead, which nobody has asked for. Default false. */
  readonly ahead?: boolean
  /** Those that have not ended, or ended at that time or later. */
  readonly openSinceMs?: number
  /** Default 50. */
  readonly limit?: number
}
