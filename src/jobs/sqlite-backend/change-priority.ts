import { JobError } from './job-errors.ts'
import { findJob } from './job-row.ts'
import { moveJob, prioritizedPlace, waitingPlace } from './place.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'

export interface PriorityChange {
  readonly jobId: string
  readonly priority: number
  /** Whether the job goes in front of those of its new priority. */
  readonly lifo: boolean
}

/** Gives a job another priority; one that waits is moved, one in another state keeps its place. */
export function changePriority(tx: Transaction, queue: QueueState, change: PriorityChange): void {
  const { jobId, priority, lifo } = change
  const job = findJob(tx.database, queue, jobId)
  if (!job) throw new JobError('missingJob', { jobId, command: 'changePriority' })
  const end = lifo ? 'front' : 'back'
  if (job.state === 'waiting' || job.state === 'prioritized') {
    const place = priority === 0 ? waitingPlace(queue, end) : prioritizedPlace(queue, priority, end)
    moveJob(tx, queue, job.seq, place)
  }
  tx.database.run('UPDATE bullmq_job SET priority = ? WHERE seq = ?', priority, job.seq)
}
