import { linkAbort } from './abort.ts'
import type { Clock } from './clock.ts'
import { HoldfastError } from './errors.ts'

/** The one point in time that everything done for a request shares: waits, attempts, corrections. */
export interface Deadline {
  /** When it passes, in milliseconds since the epoch. */
  readonly at: number
  /** Its length as it was asked for, in milliseconds. */
  readonly lengthMs: number
  /** Aborts when the deadline passes, or earlier with the caller's own reason. */
  readonly signal: AbortSignal
  /** What is left in milliseconds; never negative. */
  remainingMs(): number
  /** Frees the timer and the listener. Call it when the request is over. */
  release(): void
}

/** Starts a deadline of `lengthMs` from now that also ends when the caller's signal aborts. */
export function startDeadline(clock: Clock, lengthMs: number, parent?: AbortSignal): Deadline {
  const at = clock.now() + lengthMs
  const abort = linkAbort(parent)
  const cancel = clock.setTimer(lengthMs, () => abort.abort(deadlineExceeded(lengthMs)))
  return {
    at,
    lengthMs,
    signal: abort.signal,
    remainingMs: () => Math.max(0, at - clock.now()),
    release() {
      cancel()
      abort.release()
    },
  }
}

/** The error that a deadline of that length has passed. */
export function deadlineExceeded(deadlineMs: number): HoldfastError<'DEADLINE_EXCEEDED'> {
  return new HoldfastError(
    'DEADLINE_EXCEEDED',
    `No answer within the deadline of ${Math.round(deadlineMs)} ms. Raise deadlineMs, use a faster model, or give the pipeline a canned answer.`,
    { deadlineMs },
  )
}
