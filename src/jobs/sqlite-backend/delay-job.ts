import { JobError } from './job-errors.ts'
import { findJob } from './job-row.ts'
import { countAttempt, setDelay, updateFailure } from './job-store.ts'
import { leaveActive } from './leave-active.ts'
import { delayedPlace, moveJob } from './place.ts'
import type { QueueState } from './queue-state.ts'
import { promoteJob } from './take-job.ts'
import type { Transaction } from './transaction.ts'

/** An active job that is to run again later. */
export interface Postponement {
  readonly jobId: string
  readonly token: string
  /** The time that `delay` counts from. */
  readonly timestamp: number
  readonly delay: number
  /** Whether the attempt counts as made. */
  readonly countsAttempt: boolean
  readonly failureFields: Readonly<Record<string, unknown>> | undefined
}

/** Moves an active job to the delayed ones: a retry with backoff, or a processor that asked for it. */
export function postponeJob(tx: Transaction, queue: QueueState, postponement: Postponement): void {
  const { jobId, delay, timestamp } = postponement
  const found = findJob(tx.database, queue, jobId)
  const job = leaveActive(tx, found, { ...postponement, command: 'moveToDelayed' })
  updateFailure(tx, job.seq, postponement.failureFields)
  if (postponement.countsAttempt) countAttempt(tx, job.seq)
  delayUntil(tx, queue, job, { delay, dueAt: delay > 0 ? timestamp + delay : timestamp })
}

/** Gives a delayed job another delay, counted from now. */
export function changeDelay(
  tx: Transaction,
  queue: QueueState,
  jobId: string,
  delay: number,
): void {
  const about = { jobId, command: 'changeDelay', state: 'delayed' }
  const job = findJob(tx.database, queue, jobId)
  if (!job) throw new JobError('missingJob', about)
  if (job.state !== 'delayed') throw new JobError('notInState', about)
  delayUntil(tx, queue, job, { delay, dueAt: delay > 0 ? tx.now + delay : tx.now })
}

/** Makes a delayed job ready before its time. */
export function promote(tx: Transaction, queue: QueueState, jobId: string): void {
  const job = findJob(tx.database, queue, jobId)
  if (job?.state !== 'delayed') {
    throw new JobError('notInState', { jobId, command: 'promote', state: 'delayed' })
  }
  promoteJob(tx, queue, job)
}

function delayUntil(
  tx: Transaction,
  queue: QueueState,
  job: { readonly seq: number; readonly id: string },
  { delay, dueAt }: { readonly delay: number; readonly dueAt: number },
): void {
  setDelay(tx, job.seq, delay)
  moveJob(tx, queue, job.seq, delayedPlace(queue, dueAt))
  queue.emit('delayed', { jobId: job.id, delay: dueAt })
}
