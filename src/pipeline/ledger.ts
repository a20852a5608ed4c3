import type { AttemptRecord, DegradedReason } from '../model/answer.ts'
import { costUsd, findPrice, type PriceTable } from '../model/price.ts'
import { addUsage, noUsage, type Usage } from '../model/usage.ts'

/** What a run has paid for so far, over all its calls. */
export interface Ledger {
  add(facts: { readonly attempts: readonly AttemptRecord[]; readonly usage: Usage }): void
  /** The last attempt gave an answer that turned out to be of no use. */
  rejectLast(reason: DegradedReason): void
  /** An account of its own inside this one, so that what runs at the same time is told apart. */
  part(step?: string): Ledger
  readonly attempts: readonly AttemptRecord[]
  readonly usage: Usage
  /** Undefined as soon as one attempt that used tokens has no known price. */
  readonly costUsd: number | undefined
  /** The number that the next attempt gets. */
  readonly nextAttempt: number
}

export function createLedger(prices: PriceTable): Ledger {
  return openLedger(prices, undefined, 1)
}

function openLedger(prices: PriceTable, step: string | undefined, first: number): Ledger {
  const own: AttemptRecord[] = []
  const parts: Ledger[] = []
  let ownUsage = noUsage
  // Few parts are open at a time, and attempts are asked for at the end: sums are made when asked for.
  const attempts = () => [...own, ...parts.flatMap((part) => part.attempts)]
  return {
    add(facts) {
      const named = step === undefined ? {} : { step }
      own.push(...facts.attempts.map((attempt) => ({ ...priced(attempt, prices), ...named })))
      ownUsage = addUsage(ownUsage, facts.usage)
    },
    rejectLast({ code, message }) {
      const last = own.pop()
      if (last) own.push({ ...last, outcome: code, detail: message })
    },
    part(name = step) {
      // A step counts its attempts for itself: others run beside it.
      const part = openLedger(prices, name, name === step ? first + attempts().length : 1)
      parts.push(part)
      return part
    },
    get attempts() {
      return attempts()
    },
    get usage() {
      return parts.reduce((sum, { usage }) => addUsage(sum, usage), ownUsage)
    },
    get costUsd() {
      return totalCost(attempts())
    },
    get nextAttempt() {
      return first + attempts().length
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
