import type { Job, JobsOptions } from 'bullmq'
import type { SummaryTask } from '../pipeline/summary-task.ts'

export type SummaryJob = Job<SummaryTask, void>

/** The part of BullMQ's queue that summaries need. */
export interface SummaryJobQueue {
  add(name: string, task: SummaryTask, options: JobsOptions): Promise<unknown>
  waitUntilReady(): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): unknown
  close(): Promise<void>
}

/** The same of its worker. */
export interface SummaryJobWorker {
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'failed', listener: (job: SummaryJob | undefined, error: Error) => void): unknown
  cancelAllJobs(reason?: string): void
  close(): Promise<void>
}
