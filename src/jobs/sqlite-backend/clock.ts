/**
 * The time as this folder sees it.
 *
 * The folder is published by itself and imports nothing from its surroundings, so it cannot take the
 * clock of the program around it and brings its own. Any object of this shape can be handed in, such
 * as a fake clock in a test.
 */
export interface QueueClock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Runs `callback` once after `delayMs`; the returned function cancels it and may be called twice. */
  setTimer(delayMs: number, callback: () => void): () => void
}

/** The longest delay a Node timer takes; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1

/** The clock of the machine, which BullMQ itself reads too. */
export const machineClock: QueueClock = {
  now: () => Date.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), longestTimerMs))
    return () => clearTimeout(timer)
  },
}
