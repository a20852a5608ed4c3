import type { Clock } from '../base/clock.ts'

/** What the client needs of a clock. Node code can hand in the one of the package. */
export type ClientClock = Pick<Clock, 'setTimer'>

/** The timers of a page. The client loads nothing else of the package, so it has its own. */
export const pageClock: ClientClock = {
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}
