import { releaseDedupKey } from './dedup-key.ts'
import { addNextJob } from './dedup-next.ts'
import { JobError } from './job-errors.ts'
import { countJobs, findJob, type JobHead } from './job-row.ts'
import { deleteJob, updateFailure } from './job-store.ts'
import { leaveActive } from './leave-active.ts'
import { countFinished } from './metrics.ts'
import { findParentOf, hasChildren } from './parent-link.ts'
import { childCompleted, childFailed, detachFromParent } from './parent-release.ts'
import type { QueueState } from './queue-state.ts'
import { applyRetention, type Keep } from './retention.ts'
import { type NextJob, type Taker, takeJob, toNextJob } from './take-job.ts'
import type { Transaction } from './transaction.ts'

/** How a job ended and what is to be kept of it. */
export interface Outcome {
  readonly jobId: string
  readonly state: 'completed' | 'failed'
  /** JSON of the return value, or the reason of the failure. */
  readonly value: string
  readonly token: string
  readonly keep: Keep
  /** The attempts that the job may make; a failure past them is announced as final. */
  readonly maxAttempts: number | undefined
  readonly maxMetricPoints: number | undefined
  readonly failureFields?: Readonly<Record<string, unknown>> | undefined
}

const command = 'moveToFinished'

/**
 * Ends an active job: results go to the parent, old jobs go by the retention rules, and a job that
 * was kept aside by `keepLastIfActive` comes in.
 *
 * @throws JobError when the job is not this taker's active job, or has children that are not done.
 */
export function finishJob(tx: Transaction, queue: QueueState, outcome: Outcome): void {
  const found = findJob(tx.database, queue, outcome.jobId)
  if (found && outcome.state === 'completed') refuseOpenChildren(tx, found)
  const job = leaveActive(tx, found, { ...outcome, command })
  updateFailure(tx, job.seq, outcome.failureFields)
  if (job.dedup !== null) {
    releaseDedupKey(tx, queue, job.dedup, job.id)
    addNextJob(tx, queue, job.dedup)
  }
  if (outcome.state === 'completed') childCompleted(tx, job, outcome.value)
  else childFailed(tx, job, outcome.value)
  if (outcome.keep.count === 0) forget(tx, job)
  else store(tx, queue, job, outcome)
  announce(queue, job, outcome)
  if (outcome.maxMetricPoints) {
    countFinished(tx, queue, outcome.state, outcome.maxMetricPoints)
  }
  // One job less is active, so the global concurrency may admit another.
  tx.wake(queue)
}

/**
 * Takes the next job in the same commit, or, when there is none, says that the queue has run dry.
 * Returns an empty list when nothing was taken and nothing is to be waited for, as on Redis.
 */
export function takeAfter(
  tx: Transaction,
  queue: QueueState,
  taker: Taker | undefined,
): NextJob | [] {
  if (taker) {
    const taken = takeJob(tx, queue, taker)
    const isDry = taken.kind === 'nothing' && taken.nextDueAt === undefined
    if (!isDry) return toNextJob(taken)
  }
  const states = ['waiting', 'active', 'prioritized']
  if (states.every((state) => countJobs(tx.database, queue.id, state) === 0)) queue.emit('drained')
  return []
}

function refuseOpenChildren(tx: Transaction, job: JobHead): void {
  const about = { jobId: job.id, command, state: 'active' }
  if (hasChildren(tx.database, job, 'pending')) throw new JobError('pendingChildren', about)
  if (hasChildren(tx.database, job, 'failed')) throw new JobError('failedChildren', about)
}

function forget(tx: Transaction, job: JobHead): void {
  deleteJob(tx, job.seq)
  detachFromParent(tx, job, findParentOf(tx, job))
}

function store(tx: Transaction, queue: QueueState, job: JobHead, outcome: Outcome): void {
  const isFailure = outcome.state === 'failed'
  tx.database.run(
    `UPDATE bullmq_job SET state = ?, score = ?, position = 0, finished_on = ?,
      attempts_made = attempts_made + 1,
      ${isFailure ? 'failed_reason = ?, deferred_failure = NULL' : 'return_value = ?'}
      WHERE seq = ?`,
    outcome.state,
    tx.now,
    tx.now,
    outcome.value,
    job.seq,
  )
  applyRetention(tx, queue, outcome.state, outcome.keep)
}

function announce(queue: QueueState, job: JobHead, outcome: Outcome): void {
  const property = outcome.state === 'completed' ? 'returnvalue' : 'failedReason'
  queue.emit(outcome.state, { jobId: job.id, [property]: outcome.value, prev: 'active' })
  const attemptsMade = job.attempts_made + 1
  if (outcome.state === 'failed' && attemptsMade >= (outcome.maxAttempts ?? 0)) {
    queue.emit('retries-exhausted', { jobId: job.id, attemptsMade })
  }
}
