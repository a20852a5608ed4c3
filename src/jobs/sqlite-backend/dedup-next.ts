import type { JobsOptions } from 'bullmq'
import { emitDeduplicated, expiryOf, type Incoming, writeDedupKey } from './dedup-key.ts'
import { enqueue } from './enqueue.ts'
import { findJob, type JobHead, parentOf } from './job-row.ts'
import type { NewJob } from './job-store.ts'
import { addPendingChild } from './parent-link.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'

/**
 * `keepLastIfActive`: while a job of a deduplication id runs, the newest job that comes under the
 * same id is kept aside and is added when the running one has finished, so that there are never more
 * than two and the last data always gets its run.
 */

interface NextJob {
  readonly job: string
  readonly name: string
  readonly data: string
  readonly opts: string
  readonly parent: string | null
  readonly scheduler: string | null
}

/** Keeps the job aside if the options ask for it and the holder of the key is active. */
export function keepAsNextJob(
  tx: Transaction,
  queue: QueueState,
  { job, options }: Incoming,
  holder: JobHead | undefined,
): boolean {
  if (!options.keepLastIfActive || holder?.state !== 'active') return false
  tx.database.run(
    `INSERT OR REPLACE INTO bullmq_dedup_next (queue, id, job, name, data, opts, parent, scheduler)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    queue.id,
    options.id,
    job.id,
    job.name,
    job.data,
    job.opts,
    job.parent ? JSON.stringify(job.parent) : null,
    job.scheduler ?? null,
  )
  // Without an end, so that no job slips past it while this one runs.
  writeDedupKey(tx, queue, options.id, { job: holder.id, expires_at: null })
  emitDeduplicated(queue, holder.id, options.id, job.id)
  return true
}

export function discardNextJob(tx: Transaction, queue: QueueState, id: string): void {
  tx.database.run('DELETE FROM bullmq_dedup_next WHERE queue = ? AND id = ?', queue.id, id)
}

/** Adds the job that was kept aside under a deduplication id, if there is one. */
export function addNextJob(tx: Transaction, queue: QueueState, id: string): void {
  const sql = 'SELECT * FROM bullmq_dedup_next WHERE queue = ? AND id = ?'
  const next = tx.database.get<NextJob>(sql, queue.id, id)
  if (!next) return
  const options: JobsOptions = JSON.parse(next.opts)
  const job = toNewJob(tx, queue, id, next, options)
  const expires = options.deduplication ? expiryOf(tx, options.deduplication) : null
  writeDedupKey(tx, queue, id, { job: job.id, expires_at: expires })
  enqueue(tx, queue, job, options.lifo === true)
  if (job.parent) addPendingChild(tx, job.parent, queue, job.id)
  discardNextJob(tx, queue, id)
}

function toNewJob(
  tx: Transaction,
  queue: QueueState,
  dedup: string,
  next: NextJob,
  options: JobsOptions,
): NewJob {
  const counted = queue.nextJobId()
  return {
    // Another job may have taken the id since; the kept one then goes by the counted one.
    id: findJob(tx.database, queue, next.job) ? counted : next.job,
    name: next.name,
    data: next.data,
    opts: next.opts,
    timestamp: tx.now,
    delay: options.delay ?? 0,
    priority: options.priority ?? 0,
    parent: parentOf(next),
    scheduler: next.scheduler ?? undefined,
    dedup,
  }
}
