import type { Clock } from '../../base/clock.ts'
import type { FailureReason } from '../../model/failure-reason.ts'
import { Breaker, type BreakerPass, type Ejection } from './breaker.ts'
import type {
  Ask,
  Denial,
  HealthStore,
  HealthTarget,
  Permit,
  Settlement,
  TargetState,
} from './health-store.ts'
import { QualityTest } from './quality-test.ts'
import { RateWindow, type Reservation } from './rate-window.ts'
import { TrafficBudget } from './traffic-budget.ts'

/** Health in the memory of this process. */
export function createMemoryHealthStore(clock: Clock, random: () => number): HealthStore {
  const records = new Map<string, HealthRecord>()
  /** By account, also for models that nobody has asked yet. */
  const ejections = new Map<string, Ejection & { readonly untilMs: number }>()

  function recordOf(target: HealthTarget): HealthRecord {
    const known = records.get(target.key)
    if (known) return known
    const created = new HealthRecord(target.account, random)
    records.set(target.key, created)
    const ejection = ejections.get(target.account)
    const nowMs = clock.now()
    if (ejection && ejection.untilMs > nowMs) {
      created.eject(target, { ...ejection, forMs: ejection.untilMs - nowMs }, nowMs)
    }
    return created
  }

  function ejectAccount(target: HealthTarget, ejection: Ejection, nowMs: number): void {
    ejections.set(target.account, { ...ejection, untilMs: nowMs + ejection.forMs })
    for (const [key, record] of records) {
      if (key !== target.key && record.account === target.account) {
        record.eject(target, ejection, nowMs)
      }
    }
  }

  return {
    admit: (target, ask) => recordOf(target).admit(target, ask, clock.now()),
    settle(target, permit, settlement) {
      const nowMs = clock.now()
      const { ejection, forAccount } = settlement
      recordOf(target).settle(target, permit, settlement, nowMs)
      if (ejection && forAccount) ejectAccount(target, ejection, nowMs)
    },
    takeRetry: (target) =>
      recordOf(target).budget.tryWithdraw(clock.now(), target.settings.retryBudget),
    reportQuality: (target, isValid) =>
      recordOf(target).reportQuality(target, isValid, clock.now()),
    look: (target) => recordOf(target).look(target, clock.now()),
  }
}

/**
 * A wait that a provider asked for. A long one that comes out of the blue, among answers that are well, may
 * be meant for one large request only: where no other model is left, one call at a time may find out.
 */
interface Hold {
  readonly untilMs: number
  readonly reason: FailureReason
  readonly isProven: boolean
  /** A call is finding out. */
  isTested: boolean
}

/** A wait of this length is kept without a second word. */
const longestUnprovenMs = 5_000

/** A permit of this store. */
interface MemoryPermit extends Permit {
  /** The wait that it was let through in spite of. */
  readonly tested: Hold | undefined
  readonly pass: BreakerPass
  readonly reservation: Reservation | undefined
}

/** What is known of one target. */
class HealthRecord {
  readonly account: string
  readonly budget = new TrafficBudget()
  readonly #breaker: Breaker
  readonly #rates = new RateWindow()
  readonly #quality = new QualityTest()
  #hold: Hold | undefined

  constructor(account: string, random: () => number) {
    this.account = account
    this.#breaker = new Breaker(random)
  }

  admit(target: HealthTarget, ask: Ask, nowMs: number): Permit | Denial {
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
    if (ask.isFirst) this.budget.deposit(nowMs)
    if (hold) hold.isTested = true
    const permit: MemoryPermit = {
      admitted: true,
      pass,
      reservation,
      tested: hold,
    }
    return permit
  }

  settle(target: HealthTarget, permit: Permit, settlement: Settlement, nowMs: number): void {
    const { pass, reservation, tested } = permit as MemoryPermit
    if (reservation && settlement.sent) this.#rates.settle(nowMs, reservation, settlement.load)
    else if (reservation) this.#rates.cancel(nowMs, reservation)
    const { breaker } = target.settings
    if (tested) tested.isTested = false
    if (settlement.holdMs !== undefined) this.#holdFor(settlement, nowMs)
    // It was answered all the same.
    else if (tested && tested === this.#hold && settlement.health === 'ok') this.#hold = undefined
    this.#watch(target, () => this.#breaker.settle(pass, settlement, nowMs, breaker))
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
      retriesLeft: Math.max(0, Math.floor(this.budget.balance(nowMs, settings.retryBudget))),
      usedLastMinute: this.#rates.used(nowMs),
      validShare: this.#quality.seen === 0 ? undefined : this.#quality.usualValidShare,
    }
  }

  #holdAt(nowMs: number): Hold | undefined {
    return this.#hold && nowMs < this.#hold.untilMs ? this.#hold : undefined
  }

  #holdFor({ holdMs = 0, holdReason }: Settlement, nowMs: number): void {
    const before = this.#holdAt(nowMs)
    const isShort = holdMs <= longestUnprovenMs
    this.#hold = {
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
