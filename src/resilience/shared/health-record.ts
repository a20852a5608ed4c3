import type { FailureReason } from '../../model/failure-reason.ts'
import { Breaker, type BreakerPass, type Ejection, type SavedBreaker } from './breaker.ts'
import type { Ask, Denial, HealthTarget, Permit, Settlement, TargetState } from './health-store.ts'
import { QualityTest, type SavedQuality } from './quality-test.ts'
import { RateWindow, type Reservation, type SavedRates } from './rate-window.ts'
import { type SavedBudget, TrafficBudget } from './traffic-budget.ts'

/**
 * A wait that a provider asked for. A long one that comes out of the blue, among answers that are well, may
 * be meant for one large request only: where no other model is left, one call at a time may find out.
 */
export interface Hold {
  /** Tells it from those before it. */
  readonly number: number
  readonly untilMs: number
  readonly reason: FailureReason
  readonly isProven: boolean
  /** A call is finding out. */
  readonly isTested: boolean
}

/** A wait of this length is kept without a second word. */
const longestUnprovenMs = 5_000

/** Leave to send one attempt, as plain data. */
export interface RecordPermit extends Permit {
  readonly pass: BreakerPass
  readonly reservation?: Reservation
  /** The number of the wait that it was let through in spite of. */
  readonly testedHold?: number
}

/** A record as plain data. */
export interface SavedRecord {
  readonly breaker: SavedBreaker
  readonly budget: SavedBudget
  readonly rates: SavedRates
  readonly quality: SavedQuality
  readonly hold: Hold | null
  readonly holds: number
}

/** What is known of one target. */
export class HealthRecord {
  readonly #breaker: Breaker
  readonly #budget = new TrafficBudget()
  readonly #rates = new RateWindow()
  readonly #quality = new QualityTest()
  #hold: Hold | undefined
  #holds = 0

  constructor(random: () => number) {
    this.#breaker = new Breaker(random)
  }

  admit(target: HealthTarget, ask: Ask, nowMs: number): RecordPermit | Denial {
    const hold = this.#holdAt(nowMs)
    const isTest = hold !== undefined && ask.lastResort && !hold.isProven && !hold.isTested
    if (hold && !isTest) return refuse(hold.reason, hold.untilMs - nowMs, !hold.isProven)
    const { breaker, rateLimit } = target.settings
    const reservation = rateLimit && this.#rates.reserve(nowMs, ask.load, rateLimit)
    if (typeof reservation === 'number') return refuse('not-admitted', reservation, false)
    const pass = this.#watch(target, () => this.#breaker.ask(nowMs, breaker, ask.lastResort))
    if (!pass.passes) {
      if (reservation) this.#rates.cancel(nowMs, reservation)
      return refuse(pass.reason, pass.retryAfterMs, !ask.lastResort)
    }
    if (ask.isFirst) this.#budget.deposit(nowMs)
    if (hold) this.#hold = { ...hold, isTested: true }
    return {
      admitted: true,
      pass,
      ...(reservation && { reservation }),
      ...(hold && { testedHold: hold.number }),
    }
  }

  settle(target: HealthTarget, permit: RecordPermit, settlement: Settlement, nowMs: number): void {
    const { pass, reservation, testedHold } = permit
    if (reservation && settlement.sent) this.#rates.settle(nowMs, reservation, settlement.load)
    else if (reservation) this.#rates.cancel(nowMs, reservation)
    const { breaker } = target.settings
    const isTest = this.#hold !== undefined && this.#hold.number === testedHold
    if (isTest && this.#hold) this.#hold = { ...this.#hold, isTested: false }
    if (settlement.holdMs !== undefined) this.#holdFor(settlement, nowMs)
    // It was answered all the same.
    else if (isTest && settlement.health === 'ok') this.#hold = undefined
    this.#watch(target, () => this.#breaker.settle(pass, settlement, nowMs, breaker))
  }

  takeRetry({ settings }: HealthTarget, nowMs: number): boolean {
    return this.#budget.tryWithdraw(nowMs, settings.retryBudget)
  }

  eject(target: HealthTarget, ejection: Ejection, nowMs: number): void {
    this.#watch(target, () => this.#breaker.eject(ejection, nowMs, target.settings.breaker))
  }

  reportQuality(target: HealthTarget, isValid: boolean, nowMs: number): void {
    const { quality } = target.settings
    if (!quality || !this.#quality.observe(isValid, quality)) return
    this.eject(target, { cause: 'quality', forMs: quality.ejectMs }, nowMs)
  }

  look({ settings }: HealthTarget, nowMs: number): TargetState {
    return {
      breaker: this.#breaker.state,
      failureShare: this.#breaker.failureShare(nowMs),
      heldUntilMs: this.#holdAt(nowMs)?.untilMs,
      retriesLeft: Math.max(0, Math.floor(this.#budget.balance(nowMs, settings.retryBudget))),
      usedLastMinute: this.#rates.used(nowMs),
      validShare: this.#quality.seen === 0 ? undefined : this.#quality.usualValidShare,
    }
  }

  save(): SavedRecord {
    return {
      breaker: this.#breaker.save(),
      budget: this.#budget.save(),
      rates: this.#rates.save(),
      quality: this.#quality.save(),
      hold: this.#hold ?? null,
      holds: this.#holds,
    }
  }

  restore(saved: SavedRecord): void {
    this.#breaker.restore(saved.breaker)
    this.#budget.restore(saved.budget)
    this.#rates.restore(saved.rates)
    this.#quality.restore(saved.quality)
    this.#hold = saved.hold ?? undefined
    this.#holds = saved.holds
  }

  #holdAt(nowMs: number): Hold | undefined {
    return this.#hold && nowMs < this.#hold.untilMs ? this.#hold : undefined
  }

  #holdFor({ holdMs = 0, holdReason }: Settlement, nowMs: number): void {
    const before = this.#holdAt(nowMs)
    const isShort = holdMs <= longestUnprovenMs
    this.#hold = {
      number: ++this.#holds,
      untilMs: Math.max(before?.untilMs ?? 0, nowMs + holdMs),
      reason: holdReason ?? 'rate-limited',
      isProven: before !== undefined || isShort || !this.#breaker.isHealthy(nowMs),
      isTested: false,
    }
  }

  #watch<T>(target: HealthTarget, change: () => T): T {
    const from = this.#breaker.state.name
    const result = change()
    const to = this.#breaker.state
    if (to.name !== from) target.onChange?.({ from, to })
    return result
  }
}

function refuse(reason: FailureReason, retryAfterMs: number, negotiable: boolean): Denial {
  return { admitted: false, reason, retryAfterMs, negotiable }
}
