import type { CancelTimer, Clock } from '../base/clock.ts'

/** A clock that stands still until it is told to move. */
export interface FakeClock extends Clock {
  /**
   * Moves time on by `ms`, firing each timer at its moment, in order; promises that a timer settles
   * run on before the next one fires.
   */
  advance(ms: number): Promise<void>
  /** Timers that are set and have neither fired nor been cancelled. */
  readonly pendingTimers: number
}

interface FakeTimer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/** Starts at `startMs`, by default 2026-01-01T00:00:00Z. */
export function createFakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  let now = startMs
  let created = 0
  const timers = new Set<FakeTimer>()

  const earliest = (untilMs: number): FakeTimer | undefined => {
    let first: FakeTimer | undefined
    for (const timer of timers) {
      if (timer.at > untilMs) continue
      const sooner =
        !first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)
      if (sooner) first = timer
    }
    return first
  }

  return {
    now: () => now,
    get pendingTimers() {
      return timers.size
    },
    setTimer(delayMs, callback): CancelTimer {
      const timer = { at: now + Math.max(0, delayMs), order: created++, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    async advance(ms) {
      const until = now + ms
      await settlePromises()
      for (let timer = earliest(until); timer; timer = earliest(until)) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.callback()
        await settlePromises()
      }
      now = until
      await settlePromises()
    },
  }
}

/** Lets everything run that waits for promises alone, several links of a chain deep. */
async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}
