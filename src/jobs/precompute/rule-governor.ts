import type { RuleTally } from '../../store/precomputed-store.ts'

/** What a rule is judged by: long enough for a week's rhythm. */
export const judgedForMs = 7 * 24 * 3_600_000

export const budgetForMs = 24 * 3_600_000

/** Fewer answers than these say nothing about a rule. */
const leastDecided = 20

const defaultLeastUse = 0.1

export interface RulePolicy {
  readonly leastUse?: number
  readonly tokensPerDay?: number
}

/** Whether a rule may go on: its answers of the last week were of use to somebody. */
export function isOfUse(tally: RuleTally | undefined, policy: RulePolicy): boolean {
  if (!tally || tally.decided < leastDecided) return true
  return tally.used / tally.decided >= (policy.leastUse ?? defaultLeastUse)
}

/** Whether the tokens of the day, over all rules, leave room for one more answer. */
export function isWithinBudget(day: readonly RuleTally[], policy: RulePolicy): boolean {
  if (policy.tokensPerDay === undefined) return true
  const spent = day.reduce((sum, { tokens }) => sum + tokens.spent, 0)
  return spent < policy.tokensPerDay
}
