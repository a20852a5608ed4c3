import type { CancelTimer, Clock } from '../base/clock.ts'
import { watchLoopback } from './loopback-traffic.ts'
import { TimerQueue } from './timer-queue.ts'

/**
 * A clock for tests over real sockets: it stands still while anything is going on in the process, and
 * jumps to the next timer when all is quiet.
 *
 * Nothing waits in real time, so an outage of a minute takes milliseconds; and no computation takes any
 * virtual time, so what is measured is what the code under test waits for, to the fraction of a
 * millisecond, however busy the machine is. Both sides of the wire have to live by it: servers in the
 * same process with their delays on the same clock. Timers fire in the order of their times, those of one
 * moment in the order in which they were set, and time moves on only when all that followed has come to
 * rest, so that a run is repeatable.
 *
 * Quiet is: no byte or end of a connection is under way between two sockets of the process, no request
 * to the operating system (files, names) is running, and nothing has moved for several turns of the event
 * loop, in which promises and immediates run out.
 */
export interface VirtualClock extends Clock {
  /** Timers that are set and have neither fired nor been cancelled. */
  readonly pendingTimers: number
  /** Drops all timers, and stops watching sockets. */
  close(): void
}

/** Enough for a chain of immediates, one a turn, such as streams and parsers make between two promises. */
const quietTurns = 6

/**
 * How long, in real time, what is under way may hold time up without a move: a socket of another process
 * that never answers, a connection that nobody accepts, a name that does not resolve.
 */
const longestHoldMs = { socket: 50, request: 5_000 }

/** Starts at `startMs`, by default 2026-01-01T00:00:00Z. */
export function createVirtualClock(startMs = Date.UTC(2026, 0, 1)): VirtualClock {
  const traffic = watchLoopback()
  const timers = new TimerQueue()
  let now = startMs
  let isPumping = false
  let quiet = 0
  let heldSinceMs: number | undefined

  const pump = () => {
    const { isUnderWay, hasMoved } = traffic.look()
    quiet = hasMoved ? 0 : quiet + 1
    if (hasMoved) heldSinceMs = undefined
    if (quiet >= quietTurns && !isHeld(isUnderWay)) now = Math.max(now, timers.firstAt ?? now)
    fireDue()
  }
  const isHeld = (isUnderWay: boolean): boolean => {
    const hold = isUnderWay ? 'socket' : hasRunningRequest() ? 'request' : undefined
    if (!hold) return false
    heldSinceMs ??= performance.now()
    return performance.now() - heldSinceMs < longestHoldMs[hold]
  }
  const fireDue = () => {
    const isDue = (timers.firstAt ?? Number.POSITIVE_INFINITY) <= now
    const timer = isDue ? timers.takeFirst() : undefined
    isPumping = timers.size > 0
    // Before the callback, which may throw: time goes on for the others. Those of the same moment follow
    // in the next turn, as in a real event loop; time moves when all is quiet.
    if (isPumping) setImmediate(timer ? fireDue : pump)
    if (!timer) return
    quiet = 0
    heldSinceMs = undefined
    timer.callback()
  }

  return {
    now: () => now,
    get pendingTimers() {
      return timers.size
    },
    setTimer(delayMs, callback): CancelTimer {
      const timer = timers.add(now + Math.max(0, delayMs), callback)
      if (!isPumping) {
        isPumping = true
        quiet = 0
        setImmediate(pump)
      }
      return () => timers.cancel(timer)
    },
    close() {
      timers.clear()
      traffic.close()
    },
  }
}

/** Requests to the operating system by the names that Node gives them; sockets are counted elsewhere. */
const requestName = /^(FSReq|CloseReq|GetAddrInfoReq|GetNameInfoReq)/

function hasRunningRequest(): boolean {
  return process.getActiveResourcesInfo().some((name) => requestName.test(name))
}
