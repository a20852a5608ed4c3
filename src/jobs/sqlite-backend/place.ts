import type { JobState } from 'bullmq'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'

/**
 * Where a job stands: its state, and its rank within that state. Taking a job means taking the first
 * of `waiting`, or, when nothing waits, the first of `prioritized`.
 */
export interface Place {
  readonly state: JobState
  /** What sorts the state: the due time, the priority, the time of finishing; 0 in a plain list. */
  readonly score: number
  /** What sorts equal scores: the turn in which the job came, negative to stand in front of all. */
  readonly position: number
}

/** Behind all waiting jobs, or in front of them. */
export function waitingPlace(queue: QueueState, end: 'back' | 'front'): Place {
  const turn = queue.nextTurn()
  return { state: 'waiting', score: 0, position: end === 'back' ? turn : -turn }
}

/** Behind the jobs of the same priority, or in front of them. */
export function prioritizedPlace(
  queue: QueueState,
  priority: number,
  end: 'back' | 'front' = 'back',
): Place {
  return { state: 'prioritized', score: priority, position: end === 'back' ? queue.nextTurn() : 0 }
}

/** Behind the jobs that are due at the same time. */
export function delayedPlace(queue: QueueState, dueAt: number): Place {
  return { state: 'delayed', score: dueAt, position: queue.nextTurn() }
}

/** Where a job without a delay is to wait: among the prioritized ones if it has a priority. */
export function readyPlace(queue: QueueState, priority: number, end: 'back' | 'front'): Place {
  return priority === 0 ? waitingPlace(queue, end) : prioritizedPlace(queue, priority)
}

/** Moves a job and has waiting workers look again. */
export function moveJob(tx: Transaction, queue: QueueState, seq: number, place: Place): void {
  tx.database.run(
    'UPDATE bullmq_job SET state = ?, score = ?, position = ? WHERE seq = ?',
    place.state,
    place.score,
    place.position,
    seq,
  )
  tx.wake(queue)
}
