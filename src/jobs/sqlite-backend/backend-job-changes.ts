import type { FinishedStatus, JobProgress, MinimalJob, RetryOptions } from 'bullmq'
import { BackendAdministration } from './backend-administration.ts'
import { changePriority } from './change-priority.ts'
import { changeDelay, promote } from './delay-job.ts'
import { updateData, updateProgress } from './job-data.ts'
import { addLogLine, clearLog } from './logs.ts'
import { removeChildDependency, removeJob, removeUnprocessedChildren } from './remove-job.ts'
import { rerunJob } from './retry-job.ts'

/** What a backend needs to know of a job that BullMQ hands over. */
export type GivenJob = Pick<MinimalJob, 'id' | 'opts'>

export function idOf(job: GivenJob): string {
  return job.id ?? ''
}

/** The part of a backend that changes one job from outside, whoever works on it. */
export class BackendJobChanges extends BackendAdministration {
  async updateData(job: GivenJob, data: unknown): Promise<void> {
    await this.change((tx, queue) => updateData(tx, queue, idOf(job), data))
  }

  async updateProgress(jobId: string, progress: JobProgress): Promise<void> {
    await this.change((tx, queue) => updateProgress(tx, queue, jobId, progress))
  }

  async addLog(jobId: string, text: string, keep?: number): Promise<number> {
    return this.change((tx, queue) => addLogLine(tx, queue, jobId, text, keep))
  }

  async clearLogs(jobId: string, keep?: number): Promise<void> {
    await this.change((tx, queue) => clearLog(tx, queue, jobId, keep))
  }

  async promote(jobId: string): Promise<void> {
    await this.change((tx, queue) => promote(tx, queue, jobId))
  }

  async changeDelay(jobId: string, delay: number): Promise<void> {
    await this.change((tx, queue) => changeDelay(tx, queue, jobId, delay))
  }

  async changePriority(jobId: string, priority = 0, lifo = false): Promise<void> {
    await this.change((tx, queue) => changePriority(tx, queue, { jobId, priority, lifo }))
  }

  async retryFinishedJob(
    job: GivenJob,
    state: FinishedStatus,
    reset: RetryOptions = {},
  ): Promise<void> {
    const rerun = { jobId: idOf(job), from: state, lifo: job.opts.lifo === true, reset }
    await this.change((tx, queue) => rerunJob(tx, queue, rerun))
  }

  async remove(jobId: string, withChildren: boolean): Promise<number> {
    return this.change((tx, queue) => removeJob(tx, queue, jobId, withChildren))
  }

  async removeUnprocessedChildren(jobId: string): Promise<void> {
    await this.change((tx, queue) => removeUnprocessedChildren(tx, queue, jobId))
  }

  async removeChildDependency(jobId: string, parentKey: string): Promise<boolean> {
    return this.change((tx, queue) => removeChildDependency(tx, queue, jobId, parentKey))
  }
}
