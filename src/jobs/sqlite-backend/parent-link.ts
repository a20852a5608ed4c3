import type { Database } from './database.ts'
import { findJob, type JobHead, parentOf } from './job-row.ts'
import type { ParentLink } from './keys.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'

/**
 * What a parent knows of its children. Each child has one line with its parent: `pending` until it
 * is done, `processed` with its result, `ignored` with the reason of a failure that the parent lives
 * with, or `failed` when its failure fails the parent. The line outlives the child.
 */
export type ChildStatus = 'pending' | 'processed' | 'ignored' | 'failed'

export interface ChildLine {
  readonly queue: number
  readonly id: string
  readonly status: ChildStatus
  readonly value: string | null
}

/** The parent's row, if the parent still exists. */
export function findParent(tx: Transaction, parent: ParentLink): JobHead | undefined {
  return findJob(tx.database, tx.queue(parent.queueKey), parent.id)
}

/** The row of a job's parent, if it has one that still exists. */
export function findParentOf(tx: Transaction, job: Pick<JobHead, 'parent'>): JobHead | undefined {
  const parent = parentOf(job)
  return parent && findParent(tx, parent)
}

export function addPendingChild(
  tx: Transaction,
  parent: ParentLink,
  childQueue: QueueState,
  childId: string,
): void {
  const row = findParent(tx, parent)
  if (row)
    writeChild(tx, row, { queue: childQueue.id, id: childId, status: 'pending', value: null })
}

export function writeChild(tx: Transaction, parent: JobHead, line: ChildLine): void {
  tx.database.run(
    `INSERT OR REPLACE INTO bullmq_child (parent, queue, id, status, value, failed_at)
      VALUES (?, ?, ?, ?, ?, ?)`,
    parent.seq,
    line.queue,
    line.id,
    line.status,
    line.value,
    line.status === 'failed' ? tx.now : null,
  )
}

/** Removes a pending child's line; returns whether there was one. */
export function removePendingChild(
  tx: Transaction,
  parent: JobHead,
  child: Pick<JobHead, 'queue' | 'id'>,
): boolean {
  const sql = `DELETE FROM bullmq_child
    WHERE parent = ? AND queue = ? AND id = ? AND status = 'pending'`
  return tx.database.run(sql, parent.seq, child.queue, child.id) > 0
}

export function isPendingChild(
  tx: Transaction,
  parent: JobHead,
  child: Pick<JobHead, 'queue' | 'id'>,
): boolean {
  const sql = `SELECT 1 FROM bullmq_child
    WHERE parent = ? AND queue = ? AND id = ? AND status = 'pending'`
  return tx.database.get(sql, parent.seq, child.queue, child.id) !== undefined
}

/** Makes a child pending again that is to run once more. */
export function restoreChild(tx: Transaction, parent: JobHead, child: JobHead): void {
  const statuses = child.state === 'failed' ? ['failed', 'ignored'] : ['processed', 'processed']
  tx.database.run(
    `UPDATE bullmq_child SET status = 'pending', value = NULL, failed_at = NULL
      WHERE parent = ? AND queue = ? AND id = ? AND status IN (?, ?)`,
    parent.seq,
    child.queue,
    child.id,
    ...statuses,
  )
}

export function hasChildren(
  database: Database,
  parent: Pick<JobHead, 'seq'>,
  status: ChildStatus,
): boolean {
  const sql = 'SELECT 1 FROM bullmq_child WHERE parent = ? AND status = ? LIMIT 1'
  return database.get(sql, parent.seq, status) !== undefined
}

/** A job's children of one status, in the order of queue and id. */
export function childrenOf(
  database: Database,
  parent: Pick<JobHead, 'seq'>,
  status: ChildStatus,
): ChildLine[] {
  const sql = 'SELECT * FROM bullmq_child WHERE parent = ? AND status = ? ORDER BY queue, id'
  return database.all(sql, parent.seq, status)
}
