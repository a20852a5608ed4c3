import { insertJob, type NewJob } from './job-store.ts'
import { delayedPlace, readyPlace } from './place.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'

/** Stores a new job where its delay and priority put it. */
export function enqueue(tx: Transaction, queue: QueueState, job: NewJob, lifo: boolean): void {
  if (job.delay > 0) enqueueDelayed(tx, queue, job)
  else enqueueReady(tx, queue, job, lifo)
}

function enqueueReady(tx: Transaction, queue: QueueState, job: NewJob, lifo: boolean): void {
  insertJob(tx, queue, job, readyPlace(queue, job.priority, lifo ? 'front' : 'back'))
  queue.emit('waiting', { jobId: job.id })
}

function enqueueDelayed(tx: Transaction, queue: QueueState, job: NewJob): void {
  const dueAt = job.timestamp + job.delay
  insertJob(tx, queue, job, delayedPlace(queue, dueAt))
  queue.emit('delayed', { jobId: job.id, delay: dueAt })
}

/** Stores a new parent job, which waits until its children are done. */
export function enqueueParent(tx: Transaction, queue: QueueState, job: NewJob): void {
  insertJob(tx, queue, job, { state: 'waiting-children', score: job.timestamp, position: 0 })
  queue.emit('waiting-children', { jobId: job.id })
}
