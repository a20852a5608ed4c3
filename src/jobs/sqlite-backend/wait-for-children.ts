import type { ParentOptions } from 'bullmq'
import { JobError } from './job-errors.ts'
import { findJob, type JobHead } from './job-row.ts'
import { leaveActive } from './leave-active.ts'
import { hasChildren, isPendingChild } from './parent-link.ts'
import { moveJob } from './place.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'

export interface ChildWait {
  readonly jobId: string
  readonly token: string
  /** The one child to wait for; without it, any that is pending. */
  readonly child: ParentOptions | undefined
}

/** Lets an active job wait for its children; returns false when there is nothing to wait for. */
export function moveToWaitingChildren(
  tx: Transaction,
  queue: QueueState,
  { jobId, token, child }: ChildWait,
): boolean {
  const command = 'moveToWaitingChildren'
  const about = { jobId, command, state: 'active' }
  const found = findJob(tx.database, queue, jobId)
  if (!found) throw new JobError('missingJob', about)
  if (hasChildren(tx.database, found, 'failed')) throw new JobError('failedChildren', about)
  if (!isPending(tx, found, child)) return false
  const job = leaveActive(tx, found, { jobId, token, command })
  moveJob(tx, queue, job.seq, { state: 'waiting-children', score: tx.now, position: 0 })
  queue.emit('waiting-children', { jobId, prev: 'active' })
  return true
}

function isPending(tx: Transaction, job: JobHead, child: ParentOptions | undefined): boolean {
  if (!child) return hasChildren(tx.database, job, 'pending')
  return isPendingChild(tx, job, { queue: tx.queue(child.queue).id, id: child.id })
}
