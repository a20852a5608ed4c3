import { forgetDedup } from './deduplicate.ts'
import { JobError } from './job-errors.ts'
import { findJob, isLocked, type JobHead } from './job-row.ts'
import { deleteJob, setParent } from './job-store.ts'
import { type ChildStatus, childrenOf, findParentOf } from './parent-link.ts'
import { detachFromParent } from './parent-release.ts'
import type { QueueState } from './queue-state.ts'
import { isNextIteration } from './scheduler-store.ts'
import type { Transaction } from './transaction.ts'

/**
 * Removes a job whatever its state, with its children if asked to. Returns 1, or 0 when the job or
 * one of its pending children is being worked on; then nothing is removed.
 *
 * @throws JobError `scheduledJob` for the next job of a scheduler.
 */
export function removeJob(
  tx: Transaction,
  queue: QueueState,
  jobId: string,
  withChildren: boolean,
): 0 | 1 {
  const job = findJob(tx.database, queue, jobId)
  if (!job) return 1
  if (isNextIteration(tx.database, job)) {
    throw new JobError('scheduledJob', { jobId, command: 'removeJob' })
  }
  if (isTreeLocked(tx, job, withChildren)) return 0
  removeTree(tx, job, findParentOf(tx, job), { withChildren, onlyUnprocessed: false })
  return 1
}

/** Removes the children of a job that have not been processed; those being worked on stay. */
export function removeUnprocessedChildren(tx: Transaction, queue: QueueState, jobId: string): void {
  const job = findJob(tx.database, queue, jobId)
  if (job) removeChildren(tx, job, { withChildren: true, onlyUnprocessed: true })
}

/**
 * Makes a child and its parent strangers.
 *
 * @returns whether the parent had it pending.
 * @throws JobError `missingJob` or `missingParent`.
 */
export function removeChildDependency(
  tx: Transaction,
  queue: QueueState,
  jobId: string,
  parentKey: string,
): boolean {
  const about = { jobId, parentKey, command: 'removeChildDependency' }
  const job = findJob(tx.database, queue, jobId)
  if (!job) throw new JobError('missingJob', about)
  const parent = findParentOf(tx, job)
  if (!parent) throw new JobError('missingParent', about)
  const wasPending = detachFromParent(tx, job, parent)
  if (wasPending) setParent(tx, job.seq, undefined)
  return wasPending
}

interface Scope {
  readonly withChildren: boolean
  /** Leaves alone what is done and what is being worked on. */
  readonly onlyUnprocessed: boolean
}

function isTreeLocked(tx: Transaction, job: JobHead, withChildren: boolean): boolean {
  if (isLocked(job, tx.now)) return true
  if (!withChildren) return false
  return childJobs(tx, job, ['pending']).some((child) => isTreeLocked(tx, child, withChildren))
}

function removeTree(
  tx: Transaction,
  job: JobHead,
  parent: JobHead | undefined,
  scope: Scope,
): void {
  if (scope.onlyUnprocessed && (isLocked(job, tx.now) || job.state === 'failed')) return
  detachFromParent(tx, job, parent)
  if (scope.withChildren) removeChildren(tx, job, scope)
  const queue = tx.queueById(job.queue)
  // Its last child may just have released it, so its state is read again.
  const state = findJob(tx.database, queue, job.id)?.state ?? job.state
  forgetDedup(tx, queue, job)
  deleteJob(tx, job.seq)
  queue.emit('removed', { jobId: job.id, prev: state === 'waiting' ? 'wait' : state })
}

function removeChildren(tx: Transaction, job: JobHead, scope: Scope): void {
  const statuses: ChildStatus[] = scope.onlyUnprocessed
    ? ['pending']
    : ['processed', 'ignored', 'failed', 'pending']
  for (const child of childJobs(tx, job, statuses)) removeTree(tx, child, job, scope)
}

function childJobs(tx: Transaction, job: JobHead, statuses: ChildStatus[]): JobHead[] {
  const lines = statuses.flatMap((status) => childrenOf(tx.database, job, status))
  return lines.flatMap((line) => findJob(tx.database, { id: line.queue }, line.id) ?? [])
}
