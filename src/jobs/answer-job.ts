import type { TraceParent } from '../base/telemetry-port.ts'
import type { QueuePlace } from './queue-place.ts'

/** What a job carries: input and result are in the store, which outlives the queue. */
export interface AnswerJob {
  readonly answerId: string
  readonly traceParent?: TraceParent
  /** From when its deadline counts, where that is not its acceptance: a failed answer was tried again. */
  readonly sinceMs?: number
  /** From which its priority in the queue follows. */
  readonly place?: QueuePlace
}

/** How far a job has come: what BullMQ shows as its progress. */
export interface JobProgress {
  /** The step that was begun last. */
  readonly step: string
  readonly stepsDone: number
}
