import type { QueueState } from './queue-state.ts'

/**
 * The queue-wide rate limit: a counter of jobs taken that vanishes when its window is over. A worker
 * that was told to slow down (`worker.rateLimit`) fills the counter up for a while.
 */

/** Milliseconds until a job may be taken, if `max` jobs were taken in the running window; else 0. */
export function limitedForMs(queue: QueueState, max: number | undefined, now: number): number {
  if (max === undefined || !isRunning(queue, now) || max > queue.limiterCount) return 0
  return queue.limiterUntil - now
}

/** Counts a job against the window, and opens a window of `durationMs` if none is running. */
export function countTaken(queue: QueueState, durationMs: number, now: number): void {
  if (isRunning(queue, now)) {
    queue.limiterCount = Math.min(queue.limiterCount + 1, Number.MAX_SAFE_INTEGER)
    return
  }
  queue.limiterCount = 1
  queue.limiterUntil = now + Math.floor(Math.abs(durationMs))
}

/** Lets no job through for that long. */
export function fillWindow(queue: QueueState, durationMs: number, now: number): void {
  queue.limiterCount = Number.MAX_SAFE_INTEGER
  queue.limiterUntil = now + Math.ceil(durationMs)
}

/** Ends the running window; returns how many there were. */
export function endWindow(queue: QueueState, now: number): number {
  const ended = isRunning(queue, now) ? 1 : 0
  queue.limiterCount = 0
  queue.limiterUntil = 0
  return ended
}

/** What is left of the running window in ms, or -2 when none runs, as Redis says it. */
export function windowTtl(queue: QueueState, now: number): number {
  return isRunning(queue, now) ? queue.limiterUntil - now : -2
}

function isRunning(queue: QueueState, now: number): boolean {
  return queue.limiterUntil > now
}
