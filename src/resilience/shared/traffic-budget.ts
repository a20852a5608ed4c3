import { type SavedSum, SlidingSum } from './sliding-sum.ts'

/**
 * A budget for extra requests that is a share of the real ones, with a floor for times without traffic
 * (Finagle's RetryBudget: twitter.github.io/finagle/docs, 20 % and 10 per second there).
 *
 * Invariant: at the moment of each withdrawal, the withdrawals of the last 10 s, this one included, are
 * at most `share` of the deposits of the last 10 s plus the floor of 10 s.
 */
export class TrafficBudget {
  readonly #deposits = new SlidingSum(windowMs)
  readonly #withdrawals = new SlidingSum(windowMs)

  deposit(nowMs: number): void {
    this.#deposits.add(nowMs)
  }

  /** Takes one extra request, if the budget has it. */
  tryWithdraw(nowMs: number, limits: BudgetLimits): boolean {
    if (this.balance(nowMs, limits) < 1) return false
    this.#withdrawals.add(nowMs)
    return true
  }

  /** The extra requests that could be made now, a part of one included. */
  balance(nowMs: number, { share, minPerSecond }: BudgetLimits): number {
    const allowed = share * this.#deposits.atLeast(nowMs) + (minPerSecond * windowMs) / 1_000
    return allowed - this.#withdrawals.atMost(nowMs)
  }

  save(): SavedBudget {
    return { deposits: this.#deposits.save(), withdrawals: this.#withdrawals.save() }
  }

  restore({ deposits, withdrawals }: SavedBudget): void {
    this.#deposits.restore(deposits)
    this.#withdrawals.restore(withdrawals)
  }
}

/** A budget as plain data. */
export interface SavedBudget {
  readonly deposits: SavedSum | null
  readonly withdrawals: SavedSum | null
}

/** Long enough to smooth bursts, short enough that the traffic of before an outage is soon forgotten. */
const windowMs = 10_000

export interface BudgetLimits {
  /** Extra requests per real one, from 0 to 1. */
  readonly share: number
  /** Extra requests per second that are allowed without any traffic. */
  readonly minPerSecond: number
}
