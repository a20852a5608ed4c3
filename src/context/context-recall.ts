import type { TokenCount, Turn } from '../model/conversation.ts'
import type { Message } from '../model/message.ts'
import type { Recall } from './recall-index.ts'
import { countIntroduction, countRecalled, type RecalledTurn } from './recalled-text.ts'

export interface RecallRequest {
  readonly recall: Recall | undefined
  /** Found by the caller already. */
  readonly recalled: readonly (Turn | RecalledTurn)[] | undefined
  readonly question: string
  /** Found by meaning, to be fused with what `recall` finds. */
  readonly nearest: readonly number[] | undefined
  /** Turns from here on are in the window. */
  readonly windowFromSeq: number
  readonly budgetTokens: number
  readonly price: (count: TokenCount) => number
}

export interface Recalled {
  readonly turns: readonly (Turn | RecalledTurn)[]
  readonly count: TokenCount
  /** Turns that were found and did not fit. */
  readonly leftOut: number
}

/** Fewer tokens than this hold no turn that is worth its heading. */
const leastBudget = 24

/** The older turns that fit, best first; none of them is in the window. */
export function recallTurns(request: RecallRequest): Recalled {
  const { recall, recalled, question, windowFromSeq, price } = request
  const budgetTokens = request.budgetTokens - price(countIntroduction())
  if (budgetTokens < leastBudget) return nothing(recalled?.length ?? 0)
  const { nearest } = request
  const options = { budgetTokens, excludeFromSeq: windowFromSeq, price, nearest }
  const found = [
    ...(recalled ?? []),
    ...(recall && question !== '' ? recall(question, options) : []),
  ]
  const outside = distinct(found.filter((turn) => turn.seq < windowFromSeq))
  return fitting(outside, request)
}

const nothing = (leftOut: number): Recalled => ({ turns: [], count: countRecalled([]), leftOut })

function distinct<T extends Turn>(turns: readonly T[]): T[] {
  return [...new Map(turns.map((turn) => [turn.seq, turn])).values()]
}

/** All of it where it fits, as what an index returns does; else the best, each with its own day. */
function fitting(found: readonly (Turn | RecalledTurn)[], request: RecallRequest): Recalled {
  const { price, budgetTokens } = request
  const whole = countRecalled(found)
  if (price(whole) <= budgetTokens) return { turns: found, count: whole, leftOut: 0 }
  const introduction = price(countIntroduction())
  let left = budgetTokens - introduction
  const turns = found
    .toSorted((one, other) => scoreOf(other) - scoreOf(one) || other.seq - one.seq)
    .filter((turn) => {
      const cost = price(countRecalled([turn])) - introduction
      const fits = cost <= left
      if (fits) left -= cost
      return fits
    })
  return { turns, count: countRecalled(turns), leftOut: found.length - turns.length }
}

const scoreOf = (turn: Turn | RecalledTurn) => ('score' in turn ? turn.score : 0)

/** What the newest message of the user asks. */
export function questionOf(newest: readonly Message[]): string {
  return newest.findLast((message) => message.role === 'user')?.content ?? ''
}
