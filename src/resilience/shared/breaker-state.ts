import type { FailureReason } from '../../model/failure-reason.ts'

/** The states of a breaker; each holds what only it knows. */
export type BreakerState = Closed | Open | HalfOpen | Recovering

/** Why it opened: too many failures, answers that stopped to fit, or a failure that only a person can mend. */
export type OpenCause = 'failures' | 'quality' | FailureReason

export interface Closed {
  readonly name: 'closed'
  readonly sinceMs: number
  /** How often it has opened in a row before. */
  readonly openings: number
  /** Failures since the last success. */
  readonly consecutive: number
}

export interface Open {
  readonly name: 'open'
  readonly cause: OpenCause
  readonly untilMs: number
  /** The length of a first opening of this cause. */
  readonly baseMs: number
  readonly openings: number
  /**
   * Many calls failed, or a probe did. One answer alone proves little, whatever it says: as a last resort
   * such a model is asked as if it were well.
   */
  readonly isProven: boolean
  /** Failures in a row of those that passed as a last resort. */
  readonly consecutive: number
}

export interface HalfOpen {
  readonly name: 'half-open'
  readonly cause: OpenCause
  readonly baseMs: number
  readonly openings: number
  readonly isProven: boolean
  /** When the probe that is under way was let through. */
  readonly probeSinceMs?: number
}

export interface Recovering {
  readonly name: 'recovering'
  readonly cause: OpenCause
  readonly sinceMs: number
  readonly openings: number
  /** What has been saved up towards the next pass. */
  readonly credit: number
  readonly calls: number
  readonly failures: number
  readonly consecutive: number
}
