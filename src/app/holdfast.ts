import type { Clock } from '../base/clock.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import type { JobProgress } from '../jobs/answer-job.ts'
import type { PrecomputeLedger } from '../jobs/precompute/precomputer.ts'
import type { AnswerGroups } from '../live/answer-groups.ts'
import type { EventLog } from '../live/event-log.ts'
import type { LiveCallEvent } from '../model/live-call-event.ts'
import type { Model } from '../model/model.ts'
import type { PriceTable } from '../model/price.ts'
import type { Pipeline } from '../pipeline/definition.ts'
import type { PipelineHandle } from '../pipeline/handle.ts'
import type { ModelHealth } from '../resilience/health.ts'
import type { ProtectedModel } from '../resilience/protect.ts'
import type { AnswerStore } from '../store/answer-store.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import type { TicketStore } from '../store/ticket-store.ts'
import type { TraceStore } from '../store/trace-store.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { RedactorOptions } from '../telemetry/redact/redactor.ts'
import type { TelemetrySettings } from '../telemetry/telemetry-settings.ts'

/** Pipelines by the name under which the application calls them. */
export type Pipelines = Readonly<Record<string, Pipeline>>

export interface HoldfastConfig<P extends Pipelines = Pipelines> {
  readonly pipelines: P
  /** For pipelines that name none. Default: chosen by the environment, else the rehearsal model. */
  readonly models?: readonly Model[]
  /**
   * Where conversations, answers, events and traces are kept: `postgres://…`, for more than one machine.
   * Default: the environment variable `HOLDFAST_STORE`, else SQLite in the data folder.
   */
  readonly store?: string
  /**
   * `redis://…`: the event logs of answers are kept there and not in the store. Default: the environment
   * variable `HOLDFAST_EVENTS`, else with everything else in the store.
   */
  readonly events?: string
  /** The folder of the database. Default `.data`. */
  readonly data?: string
  /**
   * The queue: `sqlite:<file>`, `redis://…` or `postgres://…`. Default: the environment variable
   * `HOLDFAST_QUEUE`, else SQLite in the data folder.
   */
  readonly queue?: string
  /**
   * `redis://…`: breakers, retry budgets and limits are shared with the other processes that name it.
   * Default: the environment variable `HOLDFAST_HEALTH`, else each process has its own.
   */
  readonly health?: string
  /** Answers that this process makes at the same time; 0: it only enqueues. Default 16. */
  readonly concurrency?: number
  /** Corrects and extends the list prices. */
  readonly prices?: PriceTable
  /** Default: JSON lines on standard error, from the level in `LOG_LEVEL`, else `info`. */
  readonly logger?: Logger
  readonly redaction?: RedactorOptions
  /** What is exported, for which reader, and which traces are kept for how long. */
  readonly telemetry?: TelemetrySettings
  /** Has the saved cases asked of all models at set times. Default: no checks but those of the command. */
  readonly checks?: CheckSchedule
  readonly clock?: Clock
}

/** When the models are checked, by one of the processes that name it and make answers. */
export interface CheckSchedule {
  /** Minute, hour, day, month and weekday in UTC. Default `0 5 * * *`: each day at five. */
  readonly cron?: string
  /** The folder of the saved cases. Default `holdfast-cases`. */
  readonly cases?: string
}

/** An application that runs: its pipelines by name, and what stands around them. */
export type Holdfast<P extends Pipelines = Pipelines> = HoldfastParts & {
  readonly [Name in keyof P]: P[Name] extends Pipeline<infer Input, infer Output>
    ? PipelineHandle<Input, Output>
    : never
}

export interface HoldfastParts {
  /** By their own names, as in addresses and traces. */
  readonly pipelines: ReadonlyMap<string, PipelineHandle>
  readonly answers: Pick<AnswerStore, 'get' | 'list' | 'delete'>
  readonly events: Pick<EventLog, 'subscribe' | 'endsAt'>
  /** Follows all answers of a conversation or of a user, while they are made and as they come in. */
  readonly groups: AnswerGroups
  readonly traces: Pick<TraceStore, 'get' | 'list'> & {
    /**
     * Tells what happens in this process as it happens, sanitised, until what it returns is called. The
     * listener says whether it had room for an event; it must not block.
     */
    watch(listener: (event: LiveCallEvent) => boolean): () => void
  }
  readonly conversations: ConversationStore
  /** Single-use tickets for browsers, as `POST /v1/live/tickets` hands them out. */
  readonly tickets: TicketStore
  /** The protected models of a pipeline, as one model. */
  model(pipeline: string): ProtectedModel
  /** Stops an enqueued answer that has not ended; tells whether it did. */
  cancel(answerId: string): Promise<boolean>
  /** What was made ahead by each rule in the last seven days, what it cost and what came of it. */
  precomputeLedger(): Promise<readonly PrecomputeLedger[]>
  /**
   * Lets a failed answer be made again, from its input and the checkpoints of its steps, with its whole
   * deadline; its event log goes on with a new run. False where the answer has not failed.
   *
   * @throws NOT_FOUND
   */
  retry(answerId: string): Promise<boolean>
  /** The step that the job of an answer is at; undefined where it has none, or has not begun. */
  jobProgress(answerId: string): Promise<JobProgress | undefined>
  /** Breakers, budgets and limits by pipeline and model, and jobs by state. */
  health(): Promise<HoldfastHealth>
  /** All measurements so far, in the text format of Prometheus. */
  metrics(): string
  /** The application's own telemetry, for what stands around it. */
  readonly telemetry: Telemetry
  /** Which models answer pipelines that name none, and why, in a sentence. */
  readonly chosenModels: string
  /**
   * Stops taking work, waits for what is at work (at most `graceMs`, default 10,000), hands the rest back
   * to the queue, and frees everything.
   */
  close(graceMs?: number): Promise<void>
}

export interface HoldfastHealth {
  readonly models: Readonly<Record<string, readonly ModelHealth[]>>
  readonly jobs: Readonly<Record<string, number>>
}
