import { sweepDedupKeys } from './dedup-key.ts'
import { isLocked, type JobHead } from './job-row.ts'
import { setDeferredFailure } from './job-store.ts'
import { moveJob, waitingPlace } from './place.ts'
import type { QueueState } from './queue-state.ts'
import { readScheduler } from './scheduler-store.ts'
import type { Transaction } from './transaction.ts'

/**
 * Recovery of jobs whose worker died.
 *
 * A check marks the active jobs as suspected; a live worker clears the mark when it extends its lock
 * or finishes. A job that is still suspected at the next check and whose lock has ended is stalled: it
 * goes back to wait, in front. One that stalled too often is also sent back, but only to be failed by
 * whoever takes it. Over all workers of the queue one check runs per interval.
 */
export interface StalledCheck {
  readonly maxStalledCount: number
  readonly intervalMs: number
}

const stalledReason = 'job stalled more than allowable limit'

/** Returns the ids of the jobs that were sent back. */
export function recoverStalledJobs(
  tx: Transaction,
  queue: QueueState,
  check: StalledCheck,
): string[] {
  if (queue.stalledCheckUntil > tx.now) return []
  queue.stalledCheckUntil = tx.now + Math.ceil(check.intervalMs)
  sweepDedupKeys(tx, queue)
  const stalled = suspectedJobs(tx, queue).filter((job) => !isLocked(job, tx.now))
  for (const job of stalled) sendBack(tx, queue, job, check.maxStalledCount)
  suspectActiveJobs(tx, queue)
  return stalled.map((job) => job.id)
}

function suspectedJobs(tx: Transaction, queue: QueueState): JobHead[] {
  const sql = `SELECT * FROM bullmq_job WHERE queue = ? AND state = 'active' AND suspected = 1
    ORDER BY position`
  return tx.database.all(sql, queue.id)
}

function sendBack(tx: Transaction, queue: QueueState, job: JobHead, maxStalledCount: number): void {
  tx.database.run(
    `UPDATE bullmq_job SET stalled_count = stalled_count + 1, suspected = 0, lock_token = NULL,
      lock_until = NULL WHERE seq = ?`,
    job.seq,
  )
  // Failing an iteration for stalling would end its scheduler, so those are always run again.
  const isScheduled = job.scheduler !== null && readScheduler(tx.database, queue.id, job.scheduler)
  if (job.stalled_count + 1 > maxStalledCount && !isScheduled) {
    setDeferredFailure(tx, job.seq, stalledReason)
  }
  moveJob(tx, queue, job.seq, waitingPlace(queue, 'front'))
  queue.emit('waiting', { jobId: job.id, prev: 'active' })
  queue.emit('stalled', { jobId: job.id })
}

function suspectActiveJobs(tx: Transaction, queue: QueueState): void {
  const sql = `UPDATE bullmq_job SET suspected = 1
    WHERE queue = ? AND state = 'active' AND suspected = 0`
  tx.database.run(sql, queue.id)
}
