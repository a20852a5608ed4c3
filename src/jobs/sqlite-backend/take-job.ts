import type { JobJson } from 'bullmq'
import { firstJob, type JobRow, nextDueTime, toJobJson } from './job-row.ts'
import { moveJob, readyPlace } from './place.ts'
import { isHeld } from './queue-settings.ts'
import type { QueueState } from './queue-state.ts'
import { countTaken, limitedForMs } from './rate-limit.ts'
import type { Transaction } from './transaction.ts'

/** Who takes a job, and for how long it is locked. */
export interface Taker {
  /** Proves later that the job is still this taker's; `0` takes without a lock. */
  readonly token: string
  readonly workerName: string | undefined
  readonly lockDurationMs: number
  readonly limiter: { readonly max: number; readonly duration: number } | undefined
}

/** What came of trying to take a job. */
export type Taken =
  | { readonly kind: 'job'; readonly job: JobJson }
  | { readonly kind: 'rate-limited'; readonly forMs: number }
  /** The queue is paused or at its global concurrency. */
  | { readonly kind: 'held' }
  /** Nothing is ready; `nextDueAt` says when a delayed job will be. */
  | { readonly kind: 'nothing'; readonly nextDueAt: number | undefined }

/** BullMQ's form of it: job, id, milliseconds of rate limit, time of the next delayed job. */
export type NextJob = [job: JobJson | null, id: string, limitedForMs: number, delayUntil: number]

/** How many delayed jobs become ready in one transition at most, to keep it short. */
const promotionBatch = 1_000

/** Makes due jobs ready, then takes the next job, locks it and counts the attempt. */
export function takeJob(tx: Transaction, queue: QueueState, taker: Taker): Taken {
  promoteDueJobs(tx, queue)
  const max = queue.rateLimitMax ?? taker.limiter?.max
  const forMs = limitedForMs(queue, max, tx.now)
  if (forMs > 0) return { kind: 'rate-limited', forMs }
  if (isHeld(tx.database, queue)) return { kind: 'held' }
  const row = firstJob(tx.database, queue, 'waiting') ?? firstJob(tx.database, queue, 'prioritized')
  if (!row) return { kind: 'nothing', nextDueAt: nextDueTime(tx.database, queue.id) }
  // A job that is taken only to fail it costs the provider nothing, so it does not count.
  if (max !== undefined && row.deferred_failure === null) {
    countTaken(queue, taker.limiter?.duration ?? queue.rateLimitDurationMs ?? 0, tx.now)
  }
  return { kind: 'job', job: activate(tx, queue, row, taker) }
}

/** Moves delayed jobs whose time has come to where they can be taken. */
export function promoteDueJobs(tx: Transaction, queue: QueueState): void {
  const sql = `SELECT seq, id, priority FROM bullmq_job
    WHERE queue = ? AND state = 'delayed' AND score <= ? ORDER BY score, position, id LIMIT ?`
  const due = tx.database.all<Pick<JobRow, 'seq' | 'id' | 'priority'>>(
    sql,
    queue.id,
    tx.now,
    promotionBatch,
  )
  for (const job of due) promoteJob(tx, queue, job)
}

/** Makes one delayed job ready. */
export function promoteJob(
  tx: Transaction,
  queue: QueueState,
  job: Pick<JobRow, 'seq' | 'id' | 'priority'>,
): void {
  tx.database.run('UPDATE bullmq_job SET delay = 0 WHERE seq = ?', job.seq)
  moveJob(tx, queue, job.seq, readyPlace(queue, job.priority, 'back'))
  queue.emit('waiting', { jobId: job.id, prev: 'delayed' })
}

function activate(tx: Transaction, queue: QueueState, row: JobRow, taker: Taker): JobJson {
  const isLocking = taker.token !== '0'
  const processedBy = taker.workerName ?? row.processed_by
  tx.database.run(
    `UPDATE bullmq_job SET state = 'active', score = 0, position = ?, processed_on = ?,
      processed_by = ?, attempts_started = attempts_started + 1, lock_token = ?, lock_until = ?
      WHERE seq = ?`,
    queue.nextTurn(),
    tx.now,
    processedBy,
    isLocking ? taker.token : row.lock_token,
    isLocking ? tx.now + Math.ceil(taker.lockDurationMs) : row.lock_until,
    row.seq,
  )
  queue.emit('active', { jobId: row.id, prev: 'waiting' })
  // The worker that was woken for this job passes the call on: there may be more to take.
  tx.wake(queue)
  return toJobJson({
    ...row,
    processed_on: tx.now,
    processed_by: processedBy,
    attempts_started: row.attempts_started + 1,
  })
}

export function toNextJob(taken: Taken): NextJob {
  switch (taken.kind) {
    case 'job':
      return [taken.job, taken.job.id, 0, 0]
    case 'rate-limited':
      return [null, '', taken.forMs, 0]
    case 'held':
      return [null, '', 0, 0]
    case 'nothing':
      return [null, '', 0, taken.nextDueAt ?? 0]
  }
}
