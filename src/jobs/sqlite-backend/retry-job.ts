import type { RetryOptions } from 'bullmq'
import { JobError } from './job-errors.ts'
import { findJob, type JobHead } from './job-row.ts'
import { countAttempt, updateFailure } from './job-store.ts'
import { leaveActive } from './leave-active.ts'
import { findParentOf, restoreChild } from './parent-link.ts'
import { moveJob, prioritizedPlace, readyPlace, waitingPlace } from './place.ts'
import type { QueueState } from './queue-state.ts'
import { windowTtl } from './rate-limit.ts'
import { promoteDueJobs } from './take-job.ts'
import type { Transaction } from './transaction.ts'

export interface Retry {
  readonly jobId: string
  readonly token: string
  /** Whether the job runs next instead of after those that wait. */
  readonly lifo: boolean
  readonly failureFields: Readonly<Record<string, unknown>> | undefined
}

/** Sends an active job whose attempt failed back to wait, without a delay. */
export function retryJob(tx: Transaction, queue: QueueState, retry: Retry): void {
  promoteDueJobs(tx, queue)
  const found = findJob(tx.database, queue, retry.jobId)
  const job = leaveActive(tx, found, { ...retry, command: 'retryJob' })
  updateFailure(tx, job.seq, retry.failureFields)
  countAttempt(tx, job.seq)
  moveJob(tx, queue, job.seq, readyPlace(queue, job.priority, retry.lifo ? 'front' : 'back'))
  queue.emit('waiting', { jobId: job.id, prev: 'active' })
}

/**
 * Puts an active job back to where it came from, in front, as if it had not been taken: a worker was
 * told to slow down. Returns the milliseconds for which it is.
 */
export function putBack(tx: Transaction, queue: QueueState, jobId: string, token: string): number {
  const found = findJob(tx.database, queue, jobId)
  const command = 'moveJobFromActiveToWait'
  const job = leaveActive(tx, found, { jobId, token, command })
  const place =
    job.priority > 0 ? prioritizedPlace(queue, job.priority, 'front') : waitingPlace(queue, 'front')
  moveJob(tx, queue, job.seq, place)
  queue.emit('waiting', { jobId, prev: 'active' })
  return Math.max(windowTtl(queue, tx.now), 0)
}

/** A finished job that is to run once more. */
export interface Rerun {
  readonly jobId: string
  readonly from: 'completed' | 'failed'
  readonly lifo: boolean
  readonly reset: RetryOptions
}

/** Runs one finished job again, at its own priority. */
export function rerunJob(tx: Transaction, queue: QueueState, rerun: Rerun): void {
  const about = { jobId: rerun.jobId, command: 'reprocessJob', state: rerun.from }
  const job = findJob(tx.database, queue, rerun.jobId)
  if (!job) throw new JobError('missingJob', about)
  if (job.state !== rerun.from) throw new JobError('notInState', about)
  tx.database.run(
    `UPDATE bullmq_job SET attempts_made = iif(?, 0, attempts_made),
      attempts_started = iif(?, 0, attempts_started) WHERE seq = ?`,
    rerun.reset.resetAttemptsMade ? 1 : 0,
    rerun.reset.resetAttemptsStarted ? 1 : 0,
    job.seq,
  )
  forgetOutcome(tx, job)
  moveJob(tx, queue, job.seq, readyPlace(queue, job.priority, rerun.lifo ? 'front' : 'back'))
  queue.emit('waiting', { jobId: job.id, prev: rerun.from })
}

/** Jobs of one state that are all to wait again. */
export interface Batch {
  readonly from: 'completed' | 'failed' | 'delayed'
  /** Only jobs that finished, or are due, up to this time. */
  readonly until: number
  readonly count: number
}

/**
 * Sends up to `count` jobs to the end of the waiting ones, whatever their priority, as BullMQ does.
 * Returns 1 when there may be more, else 0.
 */
export function moveBatchToWait(tx: Transaction, queue: QueueState, batch: Batch): number {
  const sql = `SELECT * FROM bullmq_job WHERE queue = ? AND state = ? AND score <= ?
    ORDER BY score, position, id LIMIT ?`
  const count = Math.min(batch.count, Number.MAX_SAFE_INTEGER)
  const jobs = tx.database.all<JobHead>(sql, queue.id, batch.from, batch.until, count)
  for (const job of jobs) {
    if (batch.from !== 'delayed') forgetOutcome(tx, job)
    moveJob(tx, queue, job.seq, waitingPlace(queue, 'back'))
    queue.emit('waiting', { jobId: job.id, prev: batch.from })
  }
  return jobs.length >= batch.count ? 1 : 0
}

/** Takes back what the last run left, here and with the parent. */
function forgetOutcome(tx: Transaction, job: JobHead): void {
  const outcome = job.state === 'failed' ? 'failed_reason' : 'return_value'
  tx.database.run(
    `UPDATE bullmq_job SET finished_on = NULL, processed_on = NULL, ${outcome} = NULL WHERE seq = ?`,
    job.seq,
  )
  const parent = findParentOf(tx, job)
  if (parent) restoreChild(tx, parent, job)
}
