import type { Memory, Turn } from '../model/conversation.ts'
import type { Message } from '../model/message.ts'
import type { Books } from './context-ledger.ts'
import { countMessage } from './count-tokens.ts'
import { shortResult } from './elide-results.ts'
import type { LeftOut } from './left-out.ts'
import { messageOverhead } from './request-overhead.ts'
import { messageScripts, sumTokens } from './token-count.ts'
import { type Entry, groupTurns, type TurnGroup } from './turn-groups.ts'

export interface SplitTurns {
  /** What the window is chosen from. */
  readonly older: readonly TurnGroup[]
  /** What has to be there: all from the first group that holds a new message. */
  readonly newest: readonly TurnGroup[]
  readonly healed: readonly LeftOut[]
}

/** Groups the turns that could be shown, with the new messages after them. */
export function splitTurns(memory: Memory, user: readonly Message[], books: Books): SplitTurns {
  const said = showableTurns(memory.recentTurns, books)
  const entries: Entry[] = said.map(({ message, tokens, seq }) => ({
    message,
    tokens: books.readsScripts ? messageScripts(tokens, message) : tokens,
    seq,
  }))
  for (const message of user) entries.push({ message, tokens: countMessage(message), isNew: true })
  const { groups, healed } = groupTurns(entries)
  const firstNew = groups.findIndex((group) => group.isNew)
  const split = firstNew < 0 ? Math.max(0, groups.length - 1) : firstNew
  return { older: groups.slice(0, split), newest: groups.slice(split), healed }
}

/**
 * The newest turns that there could be room for, so that the cost of a context depends on the budget
 * and not on how many turns were handed in. Never begins with a result, whose call would be lost.
 */
function showableTurns(turns: readonly Turn[], books: Books): readonly Turn[] {
  let room = books.room()
  let start = turns.length
  while (start > 0 && room > 0) {
    start--
    const turn = turns[start]
    if (turn) room -= leastPrice(turn, books)
  }
  while (start > 0 && turns[start]?.message.role === 'tool') start--
  return start === 0 ? turns : turns.slice(start)
}

/** What a turn costs at least: a long result may be replaced by a note. */
function leastPrice({ message, tokens }: Turn, books: Books): number {
  const elidable = message.role === 'tool' && sumTokens(tokens) > shortResult
  return elidable ? messageOverhead : books.price(tokens, messageOverhead)
}
