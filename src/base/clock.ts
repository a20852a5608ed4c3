/**
 * The only way to the time: everything that waits or measures takes a `Clock`, so that tests run in
 * fake time.
 */
export interface Clock {
  /**
   * Milliseconds since the Unix epoch, with fractions, never going back within a process. It follows
   * the wall clock as it was when the process started, so it serves as time stamp and as stopwatch.
   */
  now(): number
  /** Runs `callback` once after `delayMs`; the returned function cancels it and may be called twice. */
  setTimer(delayMs: number, callback: () => void): CancelTimer
}

export type CancelTimer = () => void

/** The longest delay a Node timer takes; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), longestTimerMs))
    return () => clearTimeout(timer)
  },
}

/** Waits `delayMs`; rejects with the signal's reason as soon as it aborts, and leaves no timer behind. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = () => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
