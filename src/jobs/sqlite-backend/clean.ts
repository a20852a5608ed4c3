import { forgetDedup } from './deduplicate.ts'
import { removeAllEvents } from './events.ts'
import { isLocked, type JobHead } from './job-row.ts'
import { deleteJob } from './job-store.ts'
import { removeMetrics } from './metrics.ts'
import { findParentOf } from './parent-link.ts'
import { detachFromParent } from './parent-release.ts'
import type { QueueState } from './queue-state.ts'
import { isNextIteration } from './scheduler-store.ts'
import type { Transaction } from './transaction.ts'

/** Which jobs of a state are to go: those at least as old as `until`, at most `limit` (0: all). */
export interface Cleaning {
  readonly state: string
  readonly until: number
  readonly limit: number
}

/** Removes old jobs of one state; returns their ids. Jobs being worked on and next ones of schedulers stay. */
export function cleanJobs(tx: Transaction, queue: QueueState, cleaning: Cleaning): string[] {
  const removed = candidates(tx, queue, cleaning).filter((job) => isToGo(tx, job, cleaning))
  for (const job of removed) removeForGood(tx, queue, job)
  queue.emit('cleaned', { count: removed.length })
  return removed.map((job) => job.id)
}

/** Removes all jobs that wait, and the delayed ones if asked to. */
export function drain(tx: Transaction, queue: QueueState, withDelayed: boolean): void {
  const jobs = [
    // The newest first, as BullMQ goes through its list; parents are released in that order.
    ...jobsOf(tx, queue, 'waiting', -1).reverse(),
    ...(withDelayed ? jobsOf(tx, queue, 'delayed', -1) : []),
    ...jobsOf(tx, queue, 'prioritized', -1),
  ]
  for (const job of jobs) {
    if (!isNextIteration(tx.database, job)) removeForGood(tx, queue, job)
  }
}

/**
 * Removes up to `count` jobs of a paused queue, and, when none is left, all else that belongs to it.
 * Returns 1 when it is to be called again, else 0.
 */
export function obliterate(
  tx: Transaction,
  queue: QueueState,
  { force, count }: { readonly force: boolean; readonly count: number },
): 0 | 1 {
  if (!queue.isPaused) throw new Error('Cannot obliterate non-paused queue')
  if (!force && jobsOf(tx, queue, 'active', 1).length > 0) {
    throw new Error('Cannot obliterate queue with active jobs')
  }
  const sql = 'SELECT * FROM bullmq_job WHERE queue = ? LIMIT ?'
  const jobs = tx.database.all<JobHead>(sql, queue.id, count)
  for (const job of jobs) removeForGood(tx, queue, job)
  if (jobs.length >= count) return 1
  for (const table of ['dedup', 'dedup_next', 'scheduler', 'count']) {
    tx.database.run(`DELETE FROM bullmq_${table} WHERE queue = ?`, queue.id)
  }
  removeMetrics(tx, queue)
  removeAllEvents(tx.database, queue)
  queue.newEvents.length = 0
  queue.forgetJobs()
  return 0
}

/** A parent in the same queue that waited only for this job goes with it. */
function removeForGood(tx: Transaction, queue: QueueState, job: JobHead): void {
  detachFromParent(tx, job, findParentOf(tx, job), { removesParentIn: queue.id })
  forgetDedup(tx, queue, job)
  deleteJob(tx, job.seq)
}

/** The oldest jobs of the state; of a finished state only those that finished in time. */
function candidates(tx: Transaction, queue: QueueState, cleaning: Cleaning): JobHead[] {
  const limit = cleaning.limit > 0 ? cleaning.limit : -1
  const state = cleaning.state === 'wait' ? 'waiting' : cleaning.state
  const jobs = jobsOf(tx, queue, state, limit)
  // BullMQ lists what it cleaned from a list of waiting or active jobs with the newest first.
  return state === 'waiting' || state === 'active' ? jobs.reverse() : jobs
}

function jobsOf(tx: Transaction, queue: QueueState, state: string, limit: number): JobHead[] {
  const sql = `SELECT * FROM bullmq_job WHERE queue = ? AND state = ?
    ORDER BY score, position, id LIMIT ?`
  return tx.database.all(sql, queue.id, state, limit)
}

function isToGo(tx: Transaction, job: JobHead, { state, until }: Cleaning): boolean {
  if (state === 'active' && isLocked(job, tx.now)) return false
  const isFinished = state === 'completed' || state === 'failed'
  if (!isFinished && isNextIteration(tx.database, job)) return false
  return ageOf(job, state) <= until
}

/** The time by which a job of that state counts as old. */
function ageOf(job: JobHead, state: string): number {
  switch (state) {
    case 'completed':
    case 'failed':
    case 'waiting-children':
      return job.score
    case 'prioritized':
      return job.added_at
    case 'delayed':
      return job.processed_on ?? job.added_at
    default:
      return job.finished_on ?? job.processed_on ?? job.added_at
  }
}
