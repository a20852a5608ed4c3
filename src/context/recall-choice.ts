import type { TokenCount } from '../model/conversation.ts'
import { dayNumber, type RecallUnit } from './recall-units.ts'
import { dayLine, type RecalledTurn, yearOf } from './recalled-text.ts'
import { countRemembered } from './remembered-counts.ts'
import { gap, type SearchRegion } from './search-region.ts'
import { addTokens } from './token-count.ts'
import { topScores } from './top-scores.ts'

interface Choice {
  readonly units: readonly RecallUnit[]
  /** Of each place of the region. */
  readonly scores: Float64Array
  readonly region: SearchRegion
  readonly price: (count: TokenCount) => number
}

/** No line of a record is shorter, so that no more candidates than this many lines need be seen. */
const shortestLine = 6

/**
 * Takes the best units that the budget holds, each at the price of its line and, where it is the
 * first of its day, of the day above it. What does not fit is passed over for what does.
 */
export function chooseWithin(budgetTokens: number, choice: Choice): RecalledTurn[] {
  const { units, scores, region, price } = choice
  const days = dayPrices(price)
  const chosen: number[] = []
  let left = budgetTokens
  for (const at of topScores(scores, Math.floor(budgetTokens / shortestLine))) {
    const unit = units[region[at] ?? gap]
    if (!unit) continue
    const cost = price(unit.tokens) + days.costOf(unit)
    if (cost > left) continue
    left -= cost
    days.show(unit)
    chosen.push(at)
    if (left < shortestLine) break
  }
  const highest = scores[chosen[0] ?? 0] ?? 1
  const found = chosen.toSorted((one, other) => one - other)
  return joinPassages(
    found.map((at) => [units[region[at] ?? gap], (scores[at] ?? 0) / highest] as const),
  )
}

/** What the line of a day costs: nothing once it is there, less once its year is. */
function dayPrices(price: (count: TokenCount) => number) {
  const days = new Set<number>()
  const years = new Set<number>()
  // Many units of one day are looked at before one of them is taken.
  const costs = new Map<number, number>()
  const priceOf = (timeMs: number, day: number) => {
    // The record shows a year once, on whichever of its days comes first.
    const withYear = !years.has(yearOf(timeMs))
    const key = withYear ? day : day + 0.5
    const cost = costs.get(key) ?? price(countRemembered(`${dayLine(timeMs, withYear)}\n`))
    costs.set(key, cost)
    return cost
  }
  return {
    costOf({ turn: { createdAtMs } }: RecallUnit): number {
      const day = dayNumber(createdAtMs)
      return days.has(day) ? 0 : priceOf(createdAtMs, day)
    },
    show({ turn: { createdAtMs } }: RecallUnit): void {
      days.add(dayNumber(createdAtMs))
      years.add(yearOf(createdAtMs))
    },
  }
}

function joinPassages(
  found: readonly (readonly [RecallUnit | undefined, number])[],
): RecalledTurn[] {
  const turns: RecalledTurn[] = []
  for (const [unit, score] of found) {
    if (!unit) continue
    const last = turns.at(-1)
    if (last?.excerpts && last.seq === unit.turn.seq) {
      turns[turns.length - 1] = {
        ...last,
        excerpts: [...last.excerpts, unit.text],
        recordTokens: addTokens(last.recordTokens, unit.tokens),
        score: Math.max(last.score, score),
      }
      continue
    }
    turns.push({
      ...unit.turn,
      score,
      recordTokens: unit.tokens,
      ...(!unit.whole && { excerpts: [unit.text] }),
    })
  }
  return turns
}
