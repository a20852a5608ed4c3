import type { FailureReason } from '../../model/failure-reason.ts'

/** What one attempt is given, in milliseconds. */
export interface ContentLimits {
  /** From sending to the first content. */
  readonly firstContentMs: number
  /** Between two pieces of content. */
  readonly chunkMs: number
  /** For waiting on the provider in all. */
  readonly attemptMs: number
  /** When the call has to be over, in milliseconds since the epoch. */
  readonly endMs: number
  /** What another attempt would need after this one; 0 where none could follow. */
  readonly reserveMs: number
}

/** How long a wait may last, and what it means when it lasts longer. Not above 0: it may not begin. */
export interface WaitLimit {
  readonly ms: number
  readonly reason: FailureReason
}

/** A shorter pause is no stall, whatever time it would save for another attempt. */
const shortestStallMs = 500

/**
 * The clocks of one attempt. They count in content: headers, pings and empty pieces do not move them.
 * And they count waiting only: while the reader holds a piece, the provider is not to blame.
 */
export class ContentClock {
  readonly #limits: ContentLimits
  #silenceLimitMs: number
  #hasContent = false
  #waitedMs = 0
  #silentMs = 0
  /** Since when it waits; undefined while the reader holds a piece. */
  #waitingSinceMs: number | undefined

  constructor(limits: ContentLimits) {
    this.#limits = limits
    this.#silenceLimitMs = limits.firstContentMs
  }

  get hasContent(): boolean {
    return this.#hasContent
  }

  /** Time spent waiting on the provider so far, the wait that is under way included. */
  waitedMs(nowMs: number): number {
    return this.#waitedMs + (nowMs - (this.#waitingSinceMs ?? nowMs))
  }

  /** A wait begins. */
  begin(nowMs: number): WaitLimit {
    this.#waitingSinceMs = nowMs
    const { attemptMs, endMs } = this.#limits
    const limits: readonly WaitLimit[] = [
      // First, so that it counts where another limit is only as long because time is short.
      { ms: endMs - nowMs, reason: 'deadline' },
      {
        ms: this.#silenceLimitMs - this.#silentMs,
        reason: this.#hasContent ? 'idle-timeout' : 'first-content-timeout',
      },
      { ms: attemptMs - this.#waitedMs, reason: 'attempt-timeout' },
    ]
    return limits.reduce((first, limit) => (limit.ms < first.ms ? limit : first))
  }

  /** The wait has ended. */
  end(nowMs: number): void {
    const ms = nowMs - (this.#waitingSinceMs ?? nowMs)
    this.#waitingSinceMs = undefined
    this.#waitedMs += ms
    this.#silentMs += ms
  }

  content(nowMs: number): void {
    const { chunkMs, endMs, reserveMs } = this.#limits
    const leftMs = endMs - nowMs
    const spareMs = leftMs - reserveMs
    this.#hasContent = true
    this.#silentMs = 0
    // A stall may take half of what is left, and is given up while another attempt still fits; once none
    // does, there is nothing to save the time for.
    const stallMs = Math.max(shortestStallMs, Math.min(spareMs, leftMs / 2))
    this.#silenceLimitMs = Math.min(chunkMs, spareMs >= shortestStallMs ? stallMs : leftMs)
  }
}
