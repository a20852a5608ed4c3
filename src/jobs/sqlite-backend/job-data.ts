import type { JobProgress } from 'bullmq'
import { JobError } from './job-errors.ts'
import { findJob, type JobHead } from './job-row.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'

/** Replaces the payload of a job. */
export function updateData(tx: Transaction, queue: QueueState, jobId: string, data: unknown): void {
  const { seq } = existing(tx, queue, jobId, 'updateData')
  const json = JSON.stringify(data) ?? '{}'
  tx.database.run('UPDATE bullmq_job_body SET data = ? WHERE seq = ?', json, seq)
}

/** Notes how far a job is, and tells those who follow it. */
export function updateProgress(
  tx: Transaction,
  queue: QueueState,
  jobId: string,
  progress: JobProgress,
): void {
  const { seq } = existing(tx, queue, jobId, 'updateProgress')
  const json = JSON.stringify(progress) ?? 'null'
  tx.database.run('UPDATE bullmq_job SET progress = ? WHERE seq = ?', json, seq)
  queue.emit('progress', { jobId, data: json })
}

function existing(tx: Transaction, queue: QueueState, jobId: string, command: string): JobHead {
  const job = findJob(tx.database, queue, jobId)
  if (!job) throw new JobError('missingJob', { jobId, command })
  return job
}
