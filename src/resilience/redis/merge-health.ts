import type { SavedAccount } from '../shared/account-health.ts'
import type { SavedBreaker } from '../shared/breaker.ts'
import type { BreakerState } from '../shared/breaker-state.ts'
import type { Hold, SavedRecord } from '../shared/health-record.ts'
import type { SavedSum } from '../shared/sliding-sum.ts'
import type { SavedHealth } from './health-replica.ts'

/**
 * Merges what a process did alone (from `base` to `fork`) into what all others did meanwhile (from `base`
 * to `shared`).
 *
 * What was counted is added up: requests, tokens, dollars, retries and what earned them. What was decided
 * is taken over from the side that decided anew; where both did, the more careful one holds: the longer
 * wait, the breaker that lets less pass.
 */
export function mergeHealth(
  base: SavedHealth,
  fork: SavedHealth,
  shared: SavedHealth,
): SavedHealth {
  return {
    health: mergeAccounts(base.health, fork.health, shared.health),
    settings: { ...shared.settings, ...fork.settings },
  }
}

function mergeAccounts(base: SavedAccount, fork: SavedAccount, shared: SavedAccount): SavedAccount {
  const records: Record<string, SavedRecord> = { ...shared.records }
  for (const [key, alone] of Object.entries(fork.records)) {
    const others = shared.records[key]
    records[key] = others ? mergeRecords(base.records[key], alone, others) : alone
  }
  const isLater = (fork.ejection?.untilMs ?? 0) > (shared.ejection?.untilMs ?? 0)
  return { records, ejection: isLater ? fork.ejection : shared.ejection }
}

function mergeRecords(
  base: SavedRecord | undefined,
  fork: SavedRecord,
  shared: SavedRecord,
): SavedRecord {
  const sum = (pick: (record: SavedRecord) => SavedSum | null) =>
    mergeSums(base ? pick(base) : null, pick(fork), pick(shared))
  return {
    breaker: {
      ...mergeBreakers(base?.breaker, fork.breaker, shared.breaker),
      allCalls: sum(({ breaker }) => breaker.allCalls),
      allFailures: sum(({ breaker }) => breaker.allFailures),
    },
    budget: {
      deposits: sum(({ budget }) => budget.deposits),
      withdrawals: sum(({ budget }) => budget.withdrawals),
    },
    rates: {
      requests: sum(({ rates }) => rates.requests),
      tokens: sum(({ rates }) => rates.tokens),
      usd: sum(({ rates }) => rates.usd),
    },
    // The test cannot be added up; the side that saw more of the answers goes on.
    quality: fork.quality.seen > shared.quality.seen ? fork.quality : shared.quality,
    ...mergeHolds(base?.hold ?? null, fork, shared),
  }
}

function mergeBreakers(
  base: SavedBreaker | undefined,
  fork: SavedBreaker,
  shared: SavedBreaker,
): SavedBreaker {
  const baseEpoch = base?.epoch ?? 0
  if (fork.epoch === baseEpoch) return shared
  const isForks = shared.epoch === baseEpoch || care(fork.state) > care(shared.state)
  // A new epoch: whoever was let through on either side was so in another state.
  const epoch = Math.max(fork.epoch, shared.epoch) + 1
  const winner = isForks ? fork : shared
  return { ...winner, epoch, failureRun: null, state: withoutProbe(winner.state) }
}

/** Nobody could end a probe that was let through in another epoch. */
function withoutProbe(state: BreakerState): BreakerState {
  if (state.name !== 'half-open') return state
  const { probeSinceMs: _ended, ...rest } = state
  return rest
}

/** The less it lets pass, the more; of two that are open, the later. */
function care(state: BreakerState): number {
  switch (state.name) {
    case 'closed':
      return 0
    case 'recovering':
      return 1
    case 'half-open':
      return 2
    case 'open':
      return state.untilMs
  }
}

function mergeHolds(
  base: Hold | null,
  fork: SavedRecord,
  shared: SavedRecord,
): Pick<SavedRecord, 'hold' | 'holds'> {
  const holds = Math.max(fork.holds, shared.holds) + 1
  // Somebody found out that it was not meant.
  const isRefuted = (hold: Hold | null, other: Hold | null) =>
    hold !== null && hold.number === base?.number && other === null
  const alone = isRefuted(fork.hold, shared.hold) ? null : fork.hold
  const others = isRefuted(shared.hold, fork.hold) ? null : shared.hold
  const isForks = (alone?.untilMs ?? 0) > (others?.untilMs ?? 0)
  const hold = isForks ? alone : others
  return { holds, hold: hold && isForks ? { ...hold, number: holds, isTested: false } : hold }
}

function mergeSums(
  base: SavedSum | null,
  fork: SavedSum | null,
  shared: SavedSum | null,
): SavedSum | null {
  if (!fork) return shared
  if (!shared) return fork
  const latest = Math.max(fork.latest, shared.latest)
  const length = Math.max(fork.amounts.length, shared.amounts.length)
  const amounts = Array.from({ length }, (_, age) => {
    const slot = latest - length + 1 + age
    return amountAt(shared, slot) + amountAt(fork, slot) - amountAt(base, slot)
  })
  return { latest, amounts }
}

function amountAt(sum: SavedSum | null, slot: number): number {
  return sum?.amounts[slot - sum.latest + sum.amounts.length - 1] ?? 0
}
