import { createHash } from 'node:crypto'
import { invalidConfig } from '../base/errors.ts'
import type { ContextLedger } from '../model/context-ledger.ts'
import type { Memory } from '../model/conversation.ts'
import type { Message } from '../model/message.ts'
import { type CountedInput, openBooks } from './context-ledger.ts'
import type { ContextOptions } from './context-options.ts'
import {
  fixedParts,
  openingBefore,
  projectState,
  summaryPart,
  systemMessage,
  tailMessage,
} from './context-parts.ts'
import {
  enterFixed,
  enterNewest,
  enterRecalled,
  enterState,
  enterWindow,
} from './context-sections.ts'
import { splitTurns } from './context-turns.ts'
import { type ContextEpoch, nextEpoch } from './epoch.ts'
import type { LeftOut } from './left-out.ts'
import { renderRecalled } from './recalled-text.ts'
import { messagesOf } from './turn-groups.ts'

export interface BuiltContext {
  readonly messages: Message[]
  /** What is truly left for the answer, or the caller's own limit where that is lower. */
  readonly maxOutputTokens: number
  readonly ledger: ContextLedger
  /** What is not in the context as it was said, and why. */
  readonly left: readonly LeftOut[]
  /** To be kept by the caller and handed in with the next turn. */
  readonly epoch: ContextEpoch
  /** Messages at the head that the next request of this epoch begins with as well. */
  readonly prefixLength: number
  /** Of those messages; the same hash is a prompt cache that can hit. */
  readonly prefixHash: string
  /** Turns before this one leave the window soon, if they have not yet: time to summarise them. */
  readonly nextFromSeq: number
  /** Our own count of the input, for `calibration.observe` once the provider has reported its own. */
  readonly counted: CountedInput
}

/** What a request needs for an answer of usual length. */
const defaultReserve = 0.2

/**
 * Builds the messages of one request from what is remembered, so that they and the answer stay within
 * `tokenBudget` however long the conversation is. Pure: the same arguments give the same context.
 *
 * @throws CONTEXT_OVERFLOW where system prompt, pins, tools and the newest turn alone do not fit.
 * @throws INVALID_CONFIG where the budget or the reserve cannot work.
 *
 * @example
 * const { messages, maxOutputTokens, epoch } = buildContext(memory, 8_000, {
 *   system: 'You help with orders.',
 *   user: [{ role: 'user', content: 'Where is my parcel?' }],
 *   recall: index.search,
 *   epoch: epochs.get(memory.conversationId),
 * })
 */
export function buildContext(
  memory: Memory,
  tokenBudget: number,
  options: ContextOptions,
): BuiltContext {
  const books = openBooks(tokenBudget, reserveOf(tokenBudget, options), options.calibration)
  const fixed = fixedParts(options.system, options.outputInstruction, memory.pins)
  enterFixed(books, fixed, options.tools ?? [])
  const { older, newest, healed } = splitTurns(memory, options.user, books)
  const asked = enterNewest(books, newest)
  const state = enterState(books, projectState(memory.workingState, options.project))
  const window = enterWindow(books, memory, older, options)
  const recalled = enterRecalled(books, window, asked.groups, options)

  const head = [
    ...systemMessage(window.summary ? [...fixed, summaryPart(window.summary)] : fixed),
    ...openingBefore(window.groups[0] ?? asked.groups[0]),
    ...messagesOf(window.groups),
  ]
  const tail = tailMessage(renderRecalled(recalled.turns), state.text)
  const ledger = books.ledger()
  const free = tokenBudget - ledger.total
  return {
    messages: [...head, ...tail, ...messagesOf(asked.groups)],
    maxOutputTokens: Math.min(free, options.maxOutputTokens ?? free),
    ledger,
    left: [
      ...healed.filter(({ fromSeq = window.fromSeq }) => fromSeq >= window.fromSeq),
      ...[asked, state, window, recalled].flatMap((section) => section.left),
    ],
    epoch: nextEpoch(window, ledger.recalled, tokenBudget, options.epoch),
    prefixLength: head.length,
    prefixHash: hashOf(head),
    nextFromSeq: window.nextFromSeq,
    counted: books.counted(),
  }
}

function reserveOf(tokenBudget: number, { reserve = defaultReserve }: ContextOptions): number {
  if (!Number.isInteger(tokenBudget) || tokenBudget < 1) {
    throw invalidConfig('tokenBudget', tokenBudget, 'a whole number of tokens above 0')
  }
  if (!(reserve >= 0 && reserve < 1)) {
    throw invalidConfig('reserve', reserve, 'a share of the budget from 0 to below 1')
  }
  return Math.ceil(reserve * tokenBudget)
}

const hashOf = (messages: readonly Message[]): string =>
  createHash('sha256').update(JSON.stringify(messages)).digest('hex').slice(0, 32)
