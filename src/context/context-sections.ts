/** Each section of a context enters the books here, in the order of its right to be there. */
import { HoldfastError } from '../base/errors.ts'
import type { Memory, Summary } from '../model/conversation.ts'
import type { ToolDefinition } from '../model/message.ts'
import type { Books } from './context-ledger.ts'
import type { ContextOptions } from './context-options.ts'
import {
  countPart,
  joinTokens,
  openingMessage,
  type SystemPart,
  summaryPart,
} from './context-parts.ts'
import { questionOf, type Recalled, recallTurns } from './context-recall.ts'
import { chooseWindow, nextCut, type Window, type WindowRoom } from './context-window.ts'
import { countTokens } from './count-tokens.ts'
import { elideResults } from './elide-results.ts'
import { recallAllowance, recallFloor } from './epoch.ts'
import type { LeftOut } from './left-out.ts'
import { countRemembered } from './remembered-counts.ts'
import { countTools, messageOverhead, requestOverhead, toolsOverhead } from './request-overhead.ts'
import { addTokens, noTokens } from './token-count.ts'
import { messagesOf, startsExchange, type TurnGroup } from './turn-groups.ts'

interface Section {
  readonly left: readonly LeftOut[]
}

export function enterFixed(
  books: Books,
  parts: readonly SystemPart[],
  tools: readonly ToolDefinition[],
): void {
  books.enter('system', noTokens, requestOverhead + messageOverhead)
  for (const part of parts) books.enter(part.section, countPart(part))
  if (tools.length > 0) books.enter('tools', countTools(tools), toolsOverhead(tools))
}

/** The newest turn has to fit; long results of its earlier tool calls give way before it is refused. */
export function enterNewest(
  books: Books,
  newest: readonly TurnGroup[],
): Section & { readonly groups: readonly TurnGroup[] } {
  const needed = (groups: readonly TurnGroup[]) =>
    groups.reduce((sum, group) => sum + books.price(group.tokens, group.overhead), 0)
  const whole = needed(newest) <= books.room()
  const groups = whole ? newest : [...newest.slice(0, -1).map(elideResults), ...newest.slice(-1)]
  if (needed(groups) > books.room()) throw overflow(books, needed(groups))
  for (const group of groups) books.enter('user', group.tokens, group.overhead)
  if (groups[0] && !startsExchange(groups[0])) enterOpening(books)
  return { groups, left: elisions(newest, groups) }
}

function overflow(books: Books, newest: number): HoldfastError<'CONTEXT_OVERFLOW'> {
  const { total, reserve, budget, system, pins, tools } = books.ledger()
  const neededTokens = total + newest
  const availableTokens = budget - reserve
  return new HoldfastError(
    'CONTEXT_OVERFLOW',
    `The smallest context needs ${neededTokens} tokens (system ${system}, pins ${pins}, tools ${tools}, newest turn ${newest}), but only ${availableTokens} of the budget of ${budget} are there beside the reserve of ${reserve}. Raise the token budget, lower the reserve, or shorten one of these.`,
    { neededTokens, availableTokens },
  )
}

export function enterState(
  books: Books,
  text: string | undefined,
): Section & { readonly text?: string } {
  if (text === undefined) return { left: [] }
  const count = addTokens(countTokens(text), joinTokens)
  if (books.price(count, messageOverhead) > books.room()) {
    return { left: [{ kind: 'state', turns: 0 }] }
  }
  books.enter('state', count, messageOverhead)
  return { text, left: [] }
}

/** The turns that are shown, with the summary of what is before them. */
export function enterWindow(
  books: Books,
  memory: Memory,
  older: readonly TurnGroup[],
  options: ContextOptions,
): Window & Section & { readonly nextFromSeq: number } {
  const recalls = options.recall !== undefined || options.recalled !== undefined
  const room = windowRoom(books, recalls)
  const window = chooseWindow(memory, older, room, options.epoch)
  const nextFromSeq = nextCut(window, older, room)
  if (window.summary) books.enter('summary', countPart(summaryPart(window.summary)))
  if (window.groups[0] && !startsExchange(window.groups[0])) enterOpening(books)
  for (const group of window.groups) books.enter('recent', group.tokens, group.overhead)
  return { ...window, nextFromSeq, left: leftOfWindow(memory, window, older) }
}

function windowRoom(books: Books, recalls: boolean): WindowRoom {
  return {
    tokens: books.room() - (recalls ? recallFloor(books.budget) : 0),
    recalls,
    priceGroup: (group) => books.price(group.tokens, group.overhead),
    priceSummary: (summary: Summary) => books.price(countPart(summaryPart(summary))),
    priceOpening: books.price(countRemembered(openingMessage.content), messageOverhead),
  }
}

function enterOpening(books: Books): void {
  books.enter('recent', countRemembered(openingMessage.content), messageOverhead)
}

function leftOfWindow(memory: Memory, window: Window, older: readonly TurnGroup[]): LeftOut[] {
  const left: LeftOut[] = []
  const toSeq = window.fromSeq - 1
  if (toSeq > 0) left.push({ kind: 'older-turns', turns: toSeq, fromSeq: 1, toSeq })
  if (memory.historySummary && !window.summary && toSeq > 0) {
    const { fromSeq, toSeq: last } = memory.historySummary
    left.push({ kind: 'summary', turns: last - fromSeq + 1, fromSeq, toSeq: last })
  }
  return [...left, ...elisions(older.slice(older.length - window.groups.length), window.groups)]
}

function elisions(before: readonly TurnGroup[], after: readonly TurnGroup[]): LeftOut[] {
  return after.flatMap((group, at): LeftOut[] => {
    if (group === before[at]) return []
    const { fromSeq } = group
    const seqs = Number.isFinite(fromSeq) ? { fromSeq, toSeq: fromSeq } : {}
    return [{ kind: 'tool-result', turns: 1, ...seqs }]
  })
}

/** What is recalled, in the room that is left or, within an epoch, on its allowance. */
export function enterRecalled(
  books: Books,
  window: Window,
  asked: readonly TurnGroup[],
  options: ContextOptions,
): Section & Recalled {
  const question = questionOf(messagesOf(asked))
  const { epoch } = options
  const spendable =
    window.isNew || !epoch ? books.room() : recallAllowance(epoch, question, books.budget)
  const recalled = recallTurns({
    recall: options.recall,
    recalled: options.recalled,
    nearest: options.nearest,
    question,
    windowFromSeq: window.fromSeq,
    budgetTokens: Math.min(spendable, books.room()) - books.price(joinTokens, messageOverhead),
    price: books.price,
  })
  if (recalled.turns.length > 0) {
    books.enter('recalled', addTokens(recalled.count, joinTokens), messageOverhead)
  }
  const left: LeftOut[] =
    recalled.leftOut > 0 ? [{ kind: 'recalled-turns', turns: recalled.leftOut }] : []
  return { ...recalled, left }
}
