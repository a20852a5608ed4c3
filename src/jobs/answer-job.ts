import type { TraceParent } from '../base/telemetry-port.ts'

/** What a job carries: input and result are in the store, which outlives the queue. */
export interface AnswerJob {
  readonly answerId: string
  readonly traceParent?: TraceParent
}
