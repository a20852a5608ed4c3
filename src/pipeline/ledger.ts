import type { AttemptRecord, DegradedReason } from '../model/answer.ts'
import { costUsd, findPrice, type PriceTable } from '../model/price.ts'
import { addUsage, noUsage, type Usage } from '../model/usage.ts'

/** What a run has paid for so far, over all its calls. */
export interface Ledger {
  add(facts: { readonly attempts: readonly AttemptRecord[]; readonly usage: Usage }): void
  /** The last attempt gave an answer that turned out to be of no use. */
  rejectLast(reason: DegradedReason): void
  readonly attempts: readonly AttemptRecord[]
  readonly usage: Usage
  /** Undefined as soon as one attempt that used tokens has no known price. */
  readonly costUsd: number | undefined
  /** The number that the next attempt gets. */
  readonly nextAttempt: number
}

export function createLedger(prices: PriceTable): Ledger {
  const attempts: AttemptRecord[] = []
  let usage = noUsage
  return {
    add(facts) {
      attempts.push(...facts.attempts.map((attempt) => priced(attempt, prices)))
      usage = addUsage(usage, facts.usage)
    },
    rejectLast({ code, message }) {
      const last = attempts.pop()
      if (last) attempts.push({ ...last, outcome: code, detail: message })
    },
    attempts,
    get usage() {
      return usage
    },
    get costUsd() {
      return totalCost(attempts)
    },
    get nextAttempt() {
      return attempts.length + 1
    },
  }
}

function priced(attempt: AttemptRecord, prices: PriceTable): AttemptRecord {
  const price = findPrice(attempt.model, prices)
  if (!attempt.usage || !price) return attempt
  return { ...attempt, costUsd: costUsd(attempt.usage, price) }
}

function totalCost(attempts: readonly AttemptRecord[]): number | undefined {
  let total = 0
  for (const { usage, costUsd: cost } of attempts) {
    if (cost !== undefined) total += cost
    else if (usage && usage.inputTokens + usage.outputTokens > 0) return undefined
  }
  return total
}
