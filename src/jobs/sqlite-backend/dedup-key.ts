import type { DeduplicationOptions } from 'bullmq'
import type { Database } from './database.ts'
import type { NewJob } from './job-store.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'

/**
 * A deduplication key: while it stands, a job that comes with the same deduplication id is not added.
 * It ends at its time, or, without one, when the job that set it finishes or is removed.
 */
export interface DedupKey {
  /** The job that set the key. */
  readonly job: string
  readonly expires_at: number | null
}

/** A job that comes in under a deduplication id. */
export interface Incoming {
  readonly job: NewJob
  readonly options: DeduplicationOptions
}

/** The key if it stands; one whose time is over does not. */
export function readDedupKey(tx: Transaction, queue: QueueState, id: string): DedupKey | undefined {
  const sql = `SELECT job, expires_at FROM bullmq_dedup
    WHERE queue = ? AND id = ? AND (expires_at IS NULL OR expires_at > ?)`
  return tx.database.get(sql, queue.id, id, tx.now)
}

/** The job that holds a key, for reading only. */
export function readDedupJob(
  database: Database,
  queueId: number,
  id: string,
  now: number,
): string | null {
  const sql = `SELECT job FROM bullmq_dedup
    WHERE queue = ? AND id = ? AND (expires_at IS NULL OR expires_at > ?)`
  return database.get<{ job: string }>(sql, queueId, id, now)?.job ?? null
}

export function writeDedupKey(tx: Transaction, queue: QueueState, id: string, key: DedupKey): void {
  tx.database.run(
    'INSERT OR REPLACE INTO bullmq_dedup (queue, id, job, expires_at) VALUES (?, ?, ?, ?)',
    queue.id,
    id,
    key.job,
    key.expires_at,
  )
}

/** When a key that is set now ends by its options; `keepLastIfActive` takes no `ttl` into account. */
export function expiryOf(tx: Transaction, options: DeduplicationOptions): number | null {
  const { ttl, keepLastIfActive } = options
  return ttl && ttl > 0 && !keepLastIfActive ? tx.now + ttl : null
}

export function deleteDedupKey(tx: Transaction, queue: QueueState, id: string): number {
  return tx.database.run('DELETE FROM bullmq_dedup WHERE queue = ? AND id = ?', queue.id, id)
}

/** Deletes the key if that job set it; returns how many were deleted. */
export function deleteDedupKeyOf(
  tx: Transaction,
  queue: QueueState,
  id: string,
  jobId: string,
): number {
  return readDedupKey(tx, queue, id)?.job === jobId ? deleteDedupKey(tx, queue, id) : 0
}

/** Lets go of a key without an end when the job that set it finishes; a key with a time lives on. */
export function releaseDedupKey(
  tx: Transaction,
  queue: QueueState,
  id: string,
  jobId: string,
): void {
  const key = readDedupKey(tx, queue, id)
  if (key?.job === jobId && key.expires_at === null) deleteDedupKey(tx, queue, id)
}

/** Clears keys whose time is over; they do no harm but take room. */
export function sweepDedupKeys(tx: Transaction, queue: QueueState): void {
  const sql = 'DELETE FROM bullmq_dedup WHERE queue = ? AND expires_at <= ?'
  tx.database.run(sql, queue.id, tx.now)
}

export function emitDeduplicated(
  queue: QueueState,
  jobId: string,
  deduplicationId: string,
  deduplicatedJobId: string,
): void {
  queue.emit('deduplicated', { jobId, deduplicationId, deduplicatedJobId })
}
