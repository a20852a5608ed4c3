import { findJob, type JobHead, parentOf } from './job-row.ts'
import { deleteJob, keyOf, setDeferredFailure, setDelay } from './job-store.ts'
import {
  findParent,
  findParentOf,
  hasChildren,
  isPendingChild,
  removePendingChild,
  writeChild,
} from './parent-link.ts'
import { delayedPlace, moveJob, readyPlace, waitingPlace } from './place.ts'
import type { Transaction } from './transaction.ts'

/**
 * What becomes of a parent when one of its children completes, fails or goes away. A parent leaves
 * `waiting-children` when no child is pending, or earlier when a child's failure says so.
 */

/** A child completed: its result goes to the parent. */
export function childCompleted(tx: Transaction, child: JobHead, returnValue: string): void {
  const parent = findParentOf(tx, child)
  if (!parent || !isPendingChild(tx, parent, child)) return
  writeChild(tx, parent, { ...child, status: 'processed', value: returnValue })
  releaseIfDone(tx, parent)
}

/** A child failed for good: its options say what that means for the parent. */
export function childFailed(tx: Transaction, child: JobHead, reason: string): void {
  const link = parentOf(child)
  const parent = link && findParent(tx, link)
  if (!parent || !isPendingChild(tx, parent, child)) return
  if (link.fpof) {
    writeChild(tx, parent, { ...child, status: 'failed', value: null })
    failParent(tx, parent, `child ${keyOf(tx, child)} failed`)
  } else if (link.cpof) {
    writeChild(tx, parent, { ...child, status: 'ignored', value: reason })
    releaseIfWaiting(tx, parent)
  } else if (link.idof) {
    writeChild(tx, parent, { ...child, status: 'ignored', value: reason })
    releaseIfDone(tx, parent)
  } else if (link.rdof) {
    removePendingChild(tx, parent, child)
    releaseIfDone(tx, parent)
  }
}

/** Lets a parent run when none of its children is pending any more. */
export function releaseIfDone(tx: Transaction, parent: JobHead): void {
  if (!hasChildren(tx.database, parent, 'pending')) releaseIfWaiting(tx, parent)
}

function releaseIfWaiting(tx: Transaction, parent: JobHead): void {
  if (parent.state === 'waiting-children') release(tx, parent)
}

/** The parent runs next, to fail with that reason; a parent that runs already fails when it ends. */
function failParent(tx: Transaction, parent: JobHead, reason: string): void {
  if (parent.state === 'failed') return
  setDeferredFailure(tx, parent.seq, reason)
  if (parent.state === 'delayed') setDelay(tx, parent.seq, 0)
  if (parent.state === 'waiting-children') release(tx, parent)
  if (parent.state === 'delayed') release(tx, { ...parent, delay: 0 })
}

/** To where its own delay and priority put it; without them in front, for its children had waited. */
function release(tx: Transaction, parent: JobHead): void {
  const queue = tx.queueById(parent.queue)
  if (parent.delay > 0) {
    const dueAt = tx.now + parent.delay
    moveJob(tx, queue, parent.seq, delayedPlace(queue, dueAt))
    queue.emit('delayed', { jobId: parent.id, delay: dueAt })
    return
  }
  moveJob(tx, queue, parent.seq, readyPlace(queue, parent.priority, 'front'))
  queue.emit('waiting', { jobId: parent.id, prev: 'waiting-children' })
}

export interface Detachment {
  /**
   * Whether a parent in this queue that loses its last pending child goes too, instead of running
   * without it; the way of `drain`, `clean` and `obliterate`.
   */
  readonly removesParentIn?: number | undefined
}

/**
 * Takes a child that is going away off its parent's list. Returns whether the parent had it pending.
 */
export function detachFromParent(
  tx: Transaction,
  child: Pick<JobHead, 'queue' | 'id'>,
  parent: JobHead | undefined,
  { removesParentIn }: Detachment = {},
): boolean {
  if (!parent || !removePendingChild(tx, parent, child)) return false
  // The caller may hold an older view of the parent: it can have been released in between.
  const current = findJob(tx.database, { id: parent.queue }, parent.id)
  if (current?.state !== 'waiting-children') return true
  if (hasChildren(tx.database, parent, 'pending')) return true
  const queue = tx.queueById(current.queue)
  if (removesParentIn === current.queue) {
    detachFromParent(tx, current, findParentOf(tx, current), { removesParentIn })
    deleteJob(tx, current.seq)
    return true
  }
  moveJob(tx, queue, current.seq, waitingPlace(queue, 'front'))
  if (removesParentIn === undefined) {
    queue.emit('waiting', { jobId: current.id, prev: 'waiting-children' })
  }
  return true
}
