import { abortable } from './abortable.ts'
import type { ClientClock } from './page-clock.ts'

/**
 * The wait before a connection is tried again: twice as long after each failure, with jitter, so that
 * the clients of a server that has restarted do not all come at once. All that follows over one
 * client waits at the same gate, and goes through it together.
 */
export interface RetryGate {
  /** Waits for the next try. Rejects with the signal's reason. */
  wait(signal: AbortSignal): Promise<void>
  /** A connection stands: the next wait is short again. */
  reset(): void
}

/** A cut of a moment is over after it; a person hardly notices. */
const firstDelayMs = 250
/** A page that was away for long comes back soon after its server does. */
const longestDelayMs = 10_000

/** `random` gives numbers from 0 to below 1. */
export function createRetryGate(clock: ClientClock, random: () => number): RetryGate {
  let failures = 0
  let gate: { readonly opens: Promise<void>; cancel(): void; waiting: number } | undefined

  function close() {
    const { promise: opens, resolve } = Promise.withResolvers<void>()
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** failures) * (0.5 + random() / 2)
    failures++
    const cancel = clock.setTimer(delayMs, () => {
      gate = undefined
      resolve()
    })
    return { opens, cancel, waiting: 0 }
  }

  return {
    async wait(signal) {
      gate ??= close()
      const mine = gate
      mine.waiting++
      try {
        await abortable(mine.opens, signal)
      } finally {
        mine.waiting--
        // Nobody is left to go through: a client that is not used holds no timer.
        if (mine.waiting === 0 && gate === mine) {
          mine.cancel()
          gate = undefined
        }
      }
    },
    reset() {
      failures = 0
    },
  }
}
