import {
  type DedupKey,
  deleteDedupKeyOf,
  emitDeduplicated,
  expiryOf,
  type Incoming,
  readDedupKey,
  writeDedupKey,
} from './dedup-key.ts'
import { discardNextJob, keepAsNextJob } from './dedup-next.ts'
import { findJob, type JobHead } from './job-row.ts'
import { deleteJob, type NewJob, setDelay } from './job-store.ts'
import { delayedPlace, moveJob } from './place.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'

/**
 * Decides whether a job with a deduplication id is added.
 *
 * Returns the id of the job that stands in for it, or nothing when it is to be added; the key is then
 * already set for it. `replaceable` is false for parents of a flow, which never replace a job.
 */
export function deduplicate(
  tx: Transaction,
  queue: QueueState,
  incoming: Incoming,
  replaceable: boolean,
): string | undefined {
  const { job, options } = incoming
  const key = readDedupKey(tx, queue, options.id)
  const holder = key && findJob(tx.database, queue, key.job)
  if (!key || isStale(key, holder)) {
    if (key) discardNextJob(tx, queue, options.id)
    claimKey(tx, queue, incoming)
    return undefined
  }
  if (replaceable && options.replace) return replace(tx, queue, incoming, key, holder)
  if (!keepAsNextJob(tx, queue, incoming, holder)) {
    if (options.ttl && options.ttl > 0 && options.extend) {
      writeDedupKey(tx, queue, options.id, { job: key.job, expires_at: expiryOf(tx, options) })
    }
    emitDeduplicated(queue, key.job, options.id, job.id)
  }
  if (replaceable && options.reschedule) reschedule(tx, queue, job, holder)
  return key.job
}

/** A key without an end whose job is gone was left behind by an accident. */
function isStale(key: DedupKey, holder: JobHead | undefined): boolean {
  return key.expires_at === null && !holder
}

function claimKey(tx: Transaction, queue: QueueState, { job, options }: Incoming): void {
  writeDedupKey(tx, queue, options.id, { job: job.id, expires_at: expiryOf(tx, options) })
}

/** `replace`: a delayed job gives way to the new one; a job in any other state stays. */
function replace(
  tx: Transaction,
  queue: QueueState,
  incoming: Incoming,
  key: DedupKey,
  holder: JobHead | undefined,
): string | undefined {
  const { job, options } = incoming
  if (holder?.state !== 'delayed') {
    keepAsNextJob(tx, queue, incoming, holder)
    return key.job
  }
  deleteJob(tx, holder.seq)
  queue.emit('removed', { jobId: key.job, prev: 'delayed' })
  emitDeduplicated(queue, job.id, options.id, key.job)
  discardNextJob(tx, queue, options.id)
  const keepsItsTime =
    !options.keepLastIfActive && !options.extend && options.ttl !== undefined && options.ttl > 0
  if (keepsItsTime) writeDedupKey(tx, queue, options.id, { ...key, job: job.id })
  else claimKey(tx, queue, incoming)
  return undefined
}

function reschedule(
  tx: Transaction,
  queue: QueueState,
  job: NewJob,
  holder: JobHead | undefined,
): void {
  if (holder?.state !== 'delayed') return
  const dueAt = job.delay > 0 ? job.timestamp + job.delay : job.timestamp
  setDelay(tx, holder.seq, job.delay)
  moveJob(tx, queue, holder.seq, delayedPlace(queue, dueAt))
  queue.emit('delayed', { jobId: holder.id, delay: dueAt })
}

/** When a job is removed, its key goes with it, and so does what waited to come after it. */
export function forgetDedup(
  tx: Transaction,
  queue: QueueState,
  job: Pick<JobHead, 'id' | 'dedup'>,
): void {
  if (job.dedup === null) return
  if (deleteDedupKeyOf(tx, queue, job.dedup, job.id) > 0) discardNextJob(tx, queue, job.dedup)
}
