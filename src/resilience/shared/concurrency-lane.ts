import type { Clock } from '../../base/clock.ts'
import { countOnes } from './count-ones.ts'

/**
 * How many attempts at one model run at the same time in this process.
 *
 * The limit follows what the provider shows of its own: it falls when it pushes back (rate limit,
 * overload, time-out) more than now and then, and rises by one for each full round that went well (AIMD, as
 * TCP does; loss-based because the time of an answer depends on its length, so delay tells nothing). Calls
 * beyond the limit wait in order, in a bounded queue and for a bounded time.
 *
 * Invariants: `inFlight` never exceeds what the limit was when the attempt entered; each entry leaves
 * exactly once; a waiter that is aborted or times out leaves the queue at once.
 */
export class ConcurrencyLane {
  #limit: number | undefined
  #inFlight = 0
  #lastCutMs = Number.NEGATIVE_INFINITY
  /** The last departures as bits, the newest lowest; 1 was pushed back. */
  #pushes = 0
  readonly #queue = new Set<Waiter>()

  get inFlight(): number {
    return this.#inFlight
  }

  get queued(): number {
    return this.#queue.size
  }

  limit({ initial }: ConcurrencySettings): number {
    return this.#limit ?? initial
  }

  /** Enters at once if there is room and nobody waits. */
  tryEnter(settings: ConcurrencySettings): boolean {
    if (this.#queue.size > 0 || this.#inFlight >= Math.floor(this.limit(settings))) return false
    this.#inFlight++
    return true
  }

  /** Waits for room, at most `waitMs`; false when there was none in time or the queue is full. */
  enter(waiting: Waiting): Promise<boolean> {
    const { settings, clock, waitMs, signal } = waiting
    if (this.tryEnter(settings)) return Promise.resolve(true)
    if (waitMs <= 0 || signal.aborted || this.#queue.size >= settings.queueLength) {
      return Promise.resolve(false)
    }
    return new Promise((resolve) => {
      const settle = (entered: boolean) => {
        cancelTimer()
        signal.removeEventListener('abort', giveUp)
        this.#queue.delete(settle)
        resolve(entered)
      }
      const giveUp = () => settle(false)
      const cancelTimer = clock.setTimer(waitMs, giveUp)
      signal.addEventListener('abort', giveUp, { once: true })
      this.#queue.add(settle)
    })
  }

  /** Gives the place back, and says how the provider took the attempt. */
  leave(departure: Departure): void {
    this.#inFlight--
    if (departure.push === 'back') {
      this.#pushes = ((this.#pushes << 1) | 1) & recentMask
      this.#cut(departure)
    } else if (departure.push === 'none') {
      this.#pushes = (this.#pushes << 1) & recentMask
      this.#grow(departure.settings)
    }
    this.#admitWaiting(departure.settings)
  }

  /** Begins anew: the breaker has opened, and its ramp decides what comes after. */
  forget(): void {
    this.#limit = undefined
    this.#pushes = 0
  }

  #cut({ settings, startedAtMs, nowMs }: Departure): void {
    if (countOnes(this.#pushes) < fewestPushes) return
    // One cut for each round trip: what was sent before the last cut knows nothing of it.
    if (startedAtMs < this.#lastCutMs) return
    this.#lastCutMs = nowMs
    const used = Math.min(this.limit(settings), this.#inFlight + 1)
    this.#limit = Math.max(settings.min, Math.floor(used * cutFactor))
  }

  #grow(settings: ConcurrencySettings): void {
    const limit = this.limit(settings)
    // A limit that is not used tells nothing about a higher one.
    if (this.#inFlight + 1 < limit / 2) return
    this.#limit = Math.min(settings.max, limit + 1 / limit)
  }

  #admitWaiting(settings: ConcurrencySettings): void {
    for (const settle of this.#queue) {
      if (this.#inFlight >= Math.floor(this.limit(settings))) return
      this.#inFlight++
      settle(true)
    }
  }
}

export interface ConcurrencySettings {
  readonly initial: number
  readonly min: number
  readonly max: number
  /** The most calls that wait at one model. */
  readonly queueLength: number
}

export interface Waiting {
  readonly settings: ConcurrencySettings
  readonly clock: Clock
  readonly waitMs: number
  readonly signal: AbortSignal
}

export interface Departure {
  readonly settings: ConcurrencySettings
  /** `back`: the provider pushed back; `none`: it answered; `unknown`: neither is known. */
  readonly push: 'back' | 'none' | 'unknown'
  readonly startedAtMs: number
  readonly nowMs: number
}

type Waiter = (entered: boolean) => void

/** One push back in twenty is the provider's bad luck; three are its limit. */
const recentMask = (1 << 20) - 1
const fewestPushes = 3

/** Between TCP's half and the nine tenths of Netflix's concurrency-limits: six cuts from 100 to 12. */
const cutFactor = 0.7
