import { type SavedSum, SlidingSum } from './sliding-sum.ts'

/** The most that may be sent to a model in any minute. */
export interface RateLimit {
  readonly requestsPerMinute?: number
  /** Input and output tokens together. */
  readonly tokensPerMinute?: number
  /** US dollars at list price. */
  readonly usdPerMinute?: number
}

/** What one attempt needs, as it is estimated before and known after it. */
export interface Load {
  readonly tokens: number
  readonly usd: number
}

/** A reservation of one request. */
export interface Reservation {
  readonly atMs: number
  readonly load: Load
}

const minuteMs = 60_000

/** Slots of one second: a minute's limit is under-used by at most a sixtieth. */
const slots = 60

/**
 * What was sent to a model in the last minute, reserved before each attempt and corrected after it.
 *
 * Invariant: what is reserved within any 60 s stays within each limit, but for a single attempt that
 * alone needs more than a limit: it is let through when nothing else was sent, or it never would be.
 */
export class RateWindow {
  readonly #requests = new SlidingSum(minuteMs, slots)
  readonly #tokens = new SlidingSum(minuteMs, slots)
  readonly #usd = new SlidingSum(minuteMs, slots)

  /** Reserves, or tells in how many milliseconds there may be room. */
  reserve(nowMs: number, load: Load, limit: RateLimit): Reservation | number {
    const waitMs = Math.max(
      wait(this.#requests, nowMs, 1, limit.requestsPerMinute),
      wait(this.#tokens, nowMs, load.tokens, limit.tokensPerMinute),
      wait(this.#usd, nowMs, load.usd, limit.usdPerMinute),
    )
    if (waitMs > 0) return waitMs
    this.#add(nowMs, nowMs, 1, load)
    return { atMs: nowMs, load }
  }

  /** Replaces what was reserved by what was used. */
  settle(nowMs: number, { atMs, load }: Reservation, used: Load): void {
    const tokens = used.tokens - load.tokens
    this.#add(atMs, nowMs, 0, { tokens, usd: used.usd - load.usd })
  }

  /** Gives a reservation back that was not sent. */
  cancel(nowMs: number, { atMs, load }: Reservation): void {
    this.#add(atMs, nowMs, -1, { tokens: -load.tokens, usd: -load.usd })
  }

  used(nowMs: number): { readonly requests: number } & Load {
    return {
      requests: this.#requests.atMost(nowMs),
      tokens: this.#tokens.atMost(nowMs),
      usd: this.#usd.atMost(nowMs),
    }
  }

  save(): SavedRates {
    return {
      requests: this.#requests.save(),
      tokens: this.#tokens.save(),
      usd: this.#usd.save(),
    }
  }

  restore({ requests, tokens, usd }: SavedRates): void {
    this.#requests.restore(requests)
    this.#tokens.restore(tokens)
    this.#usd.restore(usd)
  }

  #add(atMs: number, nowMs: number, requests: number, load: Load): void {
    this.#requests.addAt(atMs, nowMs, requests)
    this.#tokens.addAt(atMs, nowMs, load.tokens)
    this.#usd.addAt(atMs, nowMs, load.usd)
  }
}

/** A window as plain data. */
export interface SavedRates {
  readonly requests: SavedSum | null
  readonly tokens: SavedSum | null
  readonly usd: SavedSum | null
}

function wait(sum: SlidingSum, nowMs: number, need: number, limit: number | undefined): number {
  if (limit === undefined) return 0
  const room = limit - Math.min(need, limit)
  // Dollars are fractions: what was added and taken back leaves a dust.
  if (sum.atMost(nowMs) <= room + 1e-9) return 0
  return Math.max(1, sum.msUntil(room, nowMs))
}
