import type { JobHead } from './job-row.ts'
import { nodeKey, type ParentLink } from './keys.ts'
import type { Place } from './place.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'

/** What is stored of a job that comes in. */
export interface NewJob {
  readonly id: string
  readonly name: string
  /** JSON text, kept as it came. */
  readonly data: string
  /** JSON text of the job's options. */
  readonly opts: string
  readonly timestamp: number
  readonly delay: number
  readonly priority: number
  readonly parent?: ParentLink | undefined
  readonly scheduler?: string | undefined
  readonly dedup?: string | undefined
}

/** Stores a job at its place and announces it. */
export function insertJob(tx: Transaction, queue: QueueState, job: NewJob, place: Place): void {
  tx.database.run(
    `INSERT INTO bullmq_job (queue, id, state, score, position, name, priority, delay, added_at,
      scheduler, dedup, parent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    queue.id,
    job.id,
    place.state,
    place.score,
    place.position,
    job.name,
    job.priority,
    job.delay,
    job.timestamp,
    job.scheduler ?? null,
    job.dedup ?? null,
    job.parent ? JSON.stringify(job.parent) : null,
  )
  tx.database.run(
    'INSERT INTO bullmq_job_body (seq, data, opts) VALUES (last_insert_rowid(), ?, ?)',
    job.data,
    job.opts,
  )
  queue.emit('added', { jobId: job.id, name: job.name })
  tx.wake(queue)
}

/** Deletes a job with its payload, its log and the record of its children; the children stay. */
export function deleteJob(tx: Transaction, seq: number): void {
  tx.database.run('DELETE FROM bullmq_job WHERE seq = ?', seq)
}

export function setDelay(tx: Transaction, seq: number, delay: number): void {
  tx.database.run('UPDATE bullmq_job SET delay = ? WHERE seq = ?', delay, seq)
}

export function setDeferredFailure(tx: Transaction, seq: number, reason: string): void {
  tx.database.run('UPDATE bullmq_job SET deferred_failure = ? WHERE seq = ?', reason, seq)
}

export function setParent(tx: Transaction, seq: number, parent: ParentLink | undefined): void {
  const json = parent ? JSON.stringify(parent) : null
  tx.database.run('UPDATE bullmq_job SET parent = ? WHERE seq = ?', json, seq)
}

export function countAttempt(tx: Transaction, seq: number): void {
  tx.database.run('UPDATE bullmq_job SET attempts_made = attempts_made + 1 WHERE seq = ?', seq)
}

/** The fields that BullMQ writes along when an attempt fails; others it never reads back. */
export function updateFailure(
  tx: Transaction,
  seq: number,
  fields: Readonly<Record<string, unknown>> | undefined,
): void {
  if (!fields) return
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  tx.database.run(
    `UPDATE bullmq_job SET failed_reason = coalesce(?, failed_reason),
      stacktrace = coalesce(?, stacktrace) WHERE seq = ?`,
    text(fields.failedReason),
    text(fields.stacktrace),
    seq,
  )
}

/** The name of a job in the whole file. */
export function keyOf(tx: Transaction, job: Pick<JobHead, 'queue' | 'id'>): string {
  return nodeKey(tx.queueById(job.queue).name, job.id)
}
