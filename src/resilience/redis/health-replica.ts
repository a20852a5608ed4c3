import { AccountHealth, type SavedAccount } from '../shared/account-health.ts'
import type { RecordPermit } from '../shared/health-record.ts'
import type {
  Denial,
  HealthChange,
  HealthSettings,
  HealthTarget,
  TargetState,
} from '../shared/health-store.ts'
import type { HealthOperation, TargetOperation } from './health-operation.ts'
import { mergeHealth } from './merge-health.ts'

/** A replica as plain data. */
export interface SavedHealth {
  readonly health: SavedAccount
  readonly settings: Readonly<Record<string, HealthSettings>>
}

/** What an operation comes to; undefined for those that are told and not asked. */
export type Decision = RecordPermit | Denial | boolean | undefined

/**
 * One account's health as the log has made it. Operations are applied in the log's order and depend on
 * nothing else, so all processes that have come to the same place hold the same state.
 */
export class HealthReplica {
  readonly #account: string
  readonly #health: AccountHealth
  #settings: Record<string, HealthSettings> = {}
  #dice = 0

  constructor(account: string) {
    this.#account = account
    this.#health = new AccountHealth(() => this.#dice)
  }

  knows(settingsName: string): boolean {
    return Object.hasOwn(this.#settings, settingsName)
  }

  /** `onChange` is given by the process whose operation it is. */
  apply(operation: HealthOperation, onChange?: (change: HealthChange) => void): Decision {
    switch (operation.do) {
      case 'define':
        this.#settings[operation.name] = operation.settings
        return undefined
      case 'rejoin':
        return this.restore(mergeHealth(operation.base, operation.fork, this.save()))
      default:
        return this.#applyToTarget(operation, onChange)
    }
  }

  /** Leaves all as it is: what one process looks at must not move its state away from the others'. */
  look(target: HealthTarget, nowMs: number): TargetState {
    const copy = new AccountHealth(() => 0.5)
    copy.restore(this.#health.save())
    const { key, account, settings } = target
    return copy.look({ key, account, settings }, nowMs)
  }

  save(): SavedHealth {
    return { health: this.#health.save(), settings: { ...this.#settings } }
  }

  restore({ health, settings }: SavedHealth): undefined {
    this.#health.restore(health)
    this.#settings = { ...settings }
  }

  clone(): HealthReplica {
    const copy = new HealthReplica(this.#account)
    copy.restore(this.save())
    return copy
  }

  #applyToTarget(
    operation: TargetOperation,
    onChange: ((change: HealthChange) => void) | undefined,
  ): Decision {
    const settings = this.#settings[operation.settings]
    // A log that lost its beginning; the next snapshot replaces all of this.
    if (!settings) return undefined
    const { key, atMs } = operation
    const target = { key, account: this.#account, settings, ...(onChange && { onChange }) }
    this.#dice = operation.dice
    switch (operation.do) {
      case 'admit':
        return this.#health.admit(target, operation.ask, atMs)
      case 'settle':
        this.#health.settle(target, operation.permit, operation.settlement, atMs)
        return undefined
      case 'retry':
        return this.#health.takeRetry(target, atMs)
      case 'quality':
        this.#health.reportQuality(target, operation.isValid, atMs)
        return undefined
    }
  }
}
