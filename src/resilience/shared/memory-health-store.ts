import type { Clock } from '../../base/clock.ts'
import { AccountHealth } from './account-health.ts'
import type { RecordPermit } from './health-record.ts'
import type { HealthStore, HealthTarget } from './health-store.ts'

/** Health in the memory of this process. */
export function createMemoryHealthStore(clock: Clock, random: () => number): HealthStore {
  const accounts = new Map<string, AccountHealth>()

  function accountOf({ account }: HealthTarget): AccountHealth {
    const known = accounts.get(account)
    if (known) return known
    const created = new AccountHealth(random)
    accounts.set(account, created)
    return created
  }

  return {
    admit: (target, ask) => accountOf(target).admit(target, ask, clock.now()),
    settle: (target, permit, settlement) =>
      // Only permits of this store come back to it.
      accountOf(target).settle(target, permit as RecordPermit, settlement, clock.now()),
    takeRetry: (target) => accountOf(target).takeRetry(target, clock.now()),
    reportQuality: (target, isValid) =>
      accountOf(target).reportQuality(target, isValid, clock.now()),
    look: (target) => accountOf(target).look(target, clock.now()),
  }
}
