import type { SummaryRange } from '../context/plan-summary.ts'

/** A summary that is due: turns of a conversation that are about to leave the window of a pipeline. */
export interface SummaryTask extends SummaryRange {
  readonly pipeline: string
  readonly conversationId: string
}

/**
 * Where summaries are made beside the calls: a queue, whose workers may be other processes. Wherever one
 * is made, `summarise` makes it.
 */
export interface SummaryQueue {
  /** Takes the task, durably. A task of the same pipeline that begins with the same turn is taken once. */
  add(task: SummaryTask): Promise<void>
}
