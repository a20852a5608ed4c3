import type { Clock } from '../base/clock.ts'
import type { Deadline } from '../base/deadline.ts'
import type { Json } from '../base/json.ts'
import type { Span, Telemetry, TraceParent } from '../base/telemetry-port.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import type { ContextLedger } from '../model/context-ledger.ts'
import type { FailureReason } from '../model/failure-reason.ts'
import type { PriceTable } from '../model/price.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import type { Budget } from './budget.ts'
import type { Ledger } from './ledger.ts'
import type { SummaryQueue } from './summary-task.ts'

/** What pipelines are run with: handed in, so that a pipeline knows no database and no exporter. */
export interface PipelineServices {
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly conversations: ConversationStore
  readonly prices: PriceTable
  /** Takes secrets out of what is quoted back to a model. */
  readonly redact: (text: string) => string
  /** Makes summaries as jobs. Without it they are made in this process. */
  readonly summaries?: SummaryQueue
}

/** How one run is started. */
export interface RunOptions {
  /** Stops the run; it rejects with the signal's reason. */
  readonly abortSignal?: AbortSignal
  /** A shorter deadline than the pipeline's own. */
  readonly deadlineMs?: number
  /** The caller's trace that this run continues. */
  readonly traceParent?: TraceParent
  /** A repeated run with the same key is remembered once. Default: the answer's id. */
  readonly idempotencyKey?: string
}

/** How a run is started from inside: by a library call, a stream or a worker. */
export interface RunStart extends RunOptions {
  readonly answerId: string
  /** From 1; higher after a crash. */
  readonly runNumber: number
  /** Gets every event before the run goes on; may make it wait. */
  readonly emit: EmitAnswerEvent
  readonly checkpoints?: Checkpoints
  /**
   * Nobody has asked yet: the answer is made to be there when somebody does. It is not remembered, and
   * there is no canned answer: one that no model gave comes back degraded, with what was spent on it.
   */
  readonly ahead?: boolean
  /**
   * Until when the run may be put off where all models take no more for now, in milliseconds since the
   * epoch: it then rejects with OVERLOADED, to be begun again. Default: it degrades at once.
   */
  readonly latestStartMs?: number
}

export type EmitAnswerEvent = (event: AnswerEvent) => void | Promise<void>

/** Where the results of steps are kept, so that what was paid for is not paid for again. */
export interface Checkpoints {
  get(step: string): Promise<{ readonly value: unknown } | undefined>
  put(step: string, value: Json): Promise<void>
}

/** The state of one run. Nothing of it is shared with another. */
export interface Run {
  readonly answerId: string
  /** The name of the pipeline. */
  readonly pipeline: string
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly deadline: Deadline
  /** Until when it may be put off, in milliseconds since the epoch; undefined where it may not. */
  readonly latestStartMs: number | undefined
  readonly span: Span
  readonly ledger: Ledger
  /** Collected for the answer: what its context consists of, once that is built. */
  readonly report: { context?: ContextLedger }
  /** What the answer may still cost; undefined where nothing limits it. */
  readonly budget: Budget | undefined
  readonly emit: EmitAnswerEvent
  /** Declares all text and fields shown so far void; says nothing when none were. */
  reset(reason: FailureReason): void | Promise<void>
  /** Collected for the answer: what went wrong beside it. */
  readonly warnings: string[]
}
