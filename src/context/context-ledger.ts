import type { ContextLedger } from '../model/context-ledger.ts'
import type { TokenCalibration } from './token-calibration.ts'
import { addTokens, noTokens, type ScriptCount } from './token-count.ts'

type LedgerSection = keyof Omit<ContextLedger, 'reserve' | 'total' | 'budget'>

/** Our count of a request's input: its texts, and tokens that stand in no text. */
export interface CountedInput {
  readonly count: ScriptCount
  readonly overhead: number
}

/** Prices what goes into a context, and says what room is left. */
export interface Books {
  readonly budget: number
  /** The model counts otherwise than we do, so that counts have to tell their scripts. */
  readonly readsScripts: boolean
  /** Tokens of the model for a count of ours and for what stands in no text, margin included. */
  price(count: ScriptCount, overhead?: number): number
  enter(section: LedgerSection, count: ScriptCount, overhead?: number): void
  /** What the input may still take; negative where it is too much already. */
  room(): number
  ledger(): ContextLedger
  counted(): CountedInput
}

export function openBooks(
  budget: number,
  reserve: number,
  calibration: TokenCalibration | undefined,
): Books {
  const factor = 1 + (calibration?.margin() ?? 0)
  const sections: Record<LedgerSection, number> = {
    system: 0,
    pins: 0,
    summary: 0,
    recalled: 0,
    recent: 0,
    state: 0,
    user: 0,
    tools: 0,
  }
  let total = 0
  let counted: CountedInput = { count: noTokens, overhead: 0 }

  const estimate = (count: ScriptCount, overhead: number) =>
    calibration?.estimate(count, overhead) ?? count.ascii + count.other + overhead

  const price = (count: ScriptCount, overhead = 0) => Math.ceil(estimate(count, overhead) * factor)

  return {
    budget,
    readsScripts: factor > 1,
    price,
    enter(section, count, overhead = 0) {
      const cost = price(count, overhead)
      sections[section] += cost
      total += cost
      counted = {
        count: addTokens(counted.count, count),
        overhead: counted.overhead + overhead,
      }
    },
    room: () => budget - reserve - total,
    ledger: () => ({ ...sections, reserve, total, budget }),
    counted: () => counted,
  }
}
