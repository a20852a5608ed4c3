import type { Ejection } from './breaker.ts'
import { HealthRecord, type RecordPermit, type SavedRecord } from './health-record.ts'
import type { Ask, Denial, HealthTarget, Settlement, TargetState } from './health-store.ts'

/** The targets of one account as plain data. */
export interface SavedAccount {
  readonly records: Readonly<Record<string, SavedRecord>>
  readonly ejection: AccountEjection | null
}

/** An ejection of all models of an account, also of those that nobody has asked yet. */
export type AccountEjection = Ejection & { readonly untilMs: number }

/**
 * The health of all targets of one account: the smallest part of health that nothing outside touches.
 * It reads neither clock nor dice of its own, so that the same calls lead to the same state everywhere.
 */
export class AccountHealth {
  readonly #records = new Map<string, HealthRecord>()
  readonly #random: () => number
  #ejection: AccountEjection | undefined

  constructor(random: () => number) {
    this.#random = random
  }

  admit(target: HealthTarget, ask: Ask, nowMs: number): RecordPermit | Denial {
    return this.#recordOf(target, nowMs).admit(target, ask, nowMs)
  }

  settle(target: HealthTarget, permit: RecordPermit, settlement: Settlement, nowMs: number): void {
    const { ejection, forAccount } = settlement
    this.#recordOf(target, nowMs).settle(target, permit, settlement, nowMs)
    if (!ejection || !forAccount) return
    this.#ejection = { ...ejection, untilMs: nowMs + ejection.forMs }
    for (const [key, record] of this.#records) {
      if (key !== target.key) record.eject(target, ejection, nowMs)
    }
  }

  takeRetry(target: HealthTarget, nowMs: number): boolean {
    return this.#recordOf(target, nowMs).takeRetry(target, nowMs)
  }

  reportQuality(target: HealthTarget, isValid: boolean, nowMs: number): void {
    this.#recordOf(target, nowMs).reportQuality(target, isValid, nowMs)
  }

  look(target: HealthTarget, nowMs: number): TargetState {
    return this.#recordOf(target, nowMs).look(target, nowMs)
  }

  save(): SavedAccount {
    const records = [...this.#records].map(([key, record]) => [key, record.save()])
    return { records: Object.fromEntries(records), ejection: this.#ejection ?? null }
  }

  restore({ records, ejection }: SavedAccount): void {
    this.#ejection = ejection ?? undefined
    this.#records.clear()
    for (const [key, saved] of Object.entries(records)) {
      const record = new HealthRecord(this.#random)
      record.restore(saved)
      this.#records.set(key, record)
    }
  }

  #recordOf(target: HealthTarget, nowMs: number): HealthRecord {
    const known = this.#records.get(target.key)
    if (known) return known
    const created = new HealthRecord(this.#random)
    this.#records.set(target.key, created)
    const ejection = this.#ejection
    if (ejection && ejection.untilMs > nowMs) {
      created.eject(target, { ...ejection, forMs: ejection.untilMs - nowMs }, nowMs)
    }
    return created
  }
}
