import { JobError, type JobErrorSubject } from './job-errors.ts'
import { findJob, isLocked, type JobHead } from './job-row.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'

/**
 * A lock says which taker works on a job. It ends unless it is extended, and a job that is active
 * without a lock is one whose worker died.
 */

/**
 * Gives up the lock of a job that leaves the active state.
 *
 * @throws JobError `missingLock` when it has ended, `lockMismatch` when another taker holds it.
 */
export function releaseLock(
  tx: Transaction,
  job: JobHead,
  token: string,
  about: JobErrorSubject,
): void {
  if (token === '0') return
  if (!isLocked(job, tx.now)) throw new JobError('missingLock', about)
  if (job.lock_token !== token) throw new JobError('lockMismatch', about)
  tx.database.run(
    'UPDATE bullmq_job SET lock_token = NULL, lock_until = NULL, suspected = 0 WHERE seq = ?',
    job.seq,
  )
}

/** Prolongs a lock that has not ended; returns whether it is still this taker's. */
export function extendLock(
  tx: Transaction,
  queue: QueueState,
  jobId: string,
  token: string,
  durationMs: number,
): boolean {
  const job = findJob(tx.database, queue, jobId)
  if (!job || !isLocked(job, tx.now) || job.lock_token !== token) return false
  tx.database.run(
    'UPDATE bullmq_job SET lock_until = ?, suspected = 0 WHERE seq = ?',
    tx.now + Math.ceil(durationMs),
    job.seq,
  )
  return true
}
