import type { Database } from './database.ts'
import { countJobs } from './job-row.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'

/**
 * The queue's settings: a small map of strings in BullMQ's spelling. A paused queue keeps its jobs
 * where they are and hands out none.
 */

/** Whether no job may become active now: the queue is paused, or at its global concurrency. */
export function isHeld(database: Database, queue: QueueState): boolean {
  return queue.isPaused || isMaxed(database, queue)
}

export function isMaxed(database: Database, queue: QueueState): boolean {
  const { concurrency } = queue
  return concurrency !== undefined && countJobs(database, queue.id, 'active') >= concurrency
}

export function setPaused(tx: Transaction, queue: QueueState, paused: boolean): void {
  if (paused) queue.meta.set('paused', '1')
  else queue.meta.delete('paused')
  queue.emit(paused ? 'paused' : 'resumed')
  tx.wake(queue)
}

/** Sets settings; returns how many of them are new. */
export function setMeta(
  tx: Transaction,
  queue: QueueState,
  values: Readonly<Record<string, string | number>>,
): number {
  const before = queue.meta.size
  for (const [field, value] of Object.entries(values)) queue.meta.set(field, String(value))
  tx.wake(queue)
  return queue.meta.size - before
}

/** Removes settings; returns how many of them were there. */
export function removeMeta(tx: Transaction, queue: QueueState, fields: readonly string[]): number {
  tx.wake(queue)
  return fields.filter((field) => queue.meta.delete(field)).length
}
