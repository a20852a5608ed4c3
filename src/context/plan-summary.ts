import type { Memory, Turn } from '../model/conversation.ts'
import { sumTokens } from './token-count.ts'

/** Turns that are to be summarised together, both ends included. */
export interface SummaryRange {
  readonly fromSeq: number
  readonly toSeq: number
}

/** A summary is worth a call when this many turns wait for one, or this many tokens. */
const enoughTurns = 20
const enoughTokens = 1_000
/** What one call is shown at most, so that a summariser never overflows its own window. */
const mostTurns = 40
const mostTokens = 12_000

/**
 * Which turns to summarise next, if it is time. Ranges follow one another without a gap from where
 * the newest summary ends, and never reach a turn that is to stay in the window: what leaves it has
 * been summarised before, and two jobs that run at once plan the same range.
 *
 * @param nextFromSeq as the last context returned it
 */
export function planSummary(
  memory: Pick<Memory, 'historySummary' | 'recentTurns'>,
  nextFromSeq: number,
): SummaryRange | undefined {
  const fromSeq = (memory.historySummary?.toSeq ?? 0) + 1
  const known = new Map(memory.recentTurns.map((turn) => [turn.seq, turn]))
  let toSeq = fromSeq - 1
  let tokens = 0
  while (toSeq + 1 < nextFromSeq && toSeq - fromSeq + 1 < mostTurns) {
    const turn = known.get(toSeq + 1)
    // A turn that has left the memory has waited long enough.
    const size = turn ? sumTokens(turn.tokens) : enoughTokens / enoughTurns
    if (tokens > 0 && tokens + size > mostTokens) break
    tokens += size
    toSeq++
  }
  toSeq = endOfExchange(known, fromSeq, toSeq)
  const enough = tokens >= enoughTokens || toSeq - fromSeq + 1 >= enoughTurns
  return enough && toSeq >= fromSeq ? { fromSeq, toSeq } : undefined
}

/** Moves the end to where the user speaks next, or at least not between a call and its results. */
function endOfExchange(known: ReadonlyMap<number, Turn>, fromSeq: number, toSeq: number): number {
  const endsAt = (fits: (next: Turn) => boolean) => {
    let end = toSeq
    for (let next = known.get(end + 1); next && !fits(next); next = known.get(end + 1)) end--
    return end
  }
  const exchange = endsAt((next) => next.message.role === 'user')
  return exchange >= fromSeq ? exchange : endsAt((next) => next.message.role !== 'tool')
}
