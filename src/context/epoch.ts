import type { Summary } from '../model/conversation.ts'

/**
 * The state of a conversation's window between two cuts. While it lasts, everything at the head of
 * the request stays byte for byte the same and only grows, so that a provider's prompt cache hits.
 * It is plain JSON. The caller keeps it with the conversation and hands it in again; where it is lost
 * the next context begins a new one, which costs one cache miss and nothing else.
 */
export interface ContextEpoch {
  /** The first turn that is shown as a message. */
  readonly fromSeq: number
  /** Long tool results before this turn are replaced by a note. */
  readonly elideBeforeSeq: number
  /** The summary at the head, which a newer one replaces when the next epoch begins. */
  readonly summary?: Summary
  /** Tokens that recall may spend, saved up over the builds of this epoch. */
  readonly allowance: number
}

/**
 * Recalled text differs from one question to the next and is what a cache cannot keep. So within an
 * epoch it lives on an allowance: a small share of the budget with every build, saved up for the
 * message that does ask about the past. The first build of an epoch has missed the cache already, and
 * takes all the room there is.
 */
const earnedShare = 0.06
const savedShare = 0.25
/** Of a message that asks nothing. */
const remarkShare = 0.02

const asks =
  /[?？¿]|\b(?:remind|remember|recall|earlier|previously|last time|tell me|what|when|where|which|who|how)\b/i

/** What recall may spend on a message within an epoch, in tokens. */
export function recallAllowance(epoch: ContextEpoch, message: string, tokenBudget: number): number {
  return asks.test(message) ? epoch.allowance : Math.min(epoch.allowance, remarkShare * tokenBudget)
}

/** What recall has to itself even when the window is at its longest. */
export const recallFloor = (tokenBudget: number): number => Math.floor(earnedShare * tokenBudget)

/** The state that the next context of the conversation goes on from. */
export function nextEpoch(
  window: Omit<ContextEpoch, 'allowance' | 'summary'> & {
    readonly summary: Summary | undefined
    readonly isNew: boolean
  },
  recalledTokens: number,
  tokenBudget: number,
  epoch: ContextEpoch | undefined,
): ContextEpoch {
  const saved = window.isNew || !epoch ? 0 : Math.max(0, epoch.allowance - recalledTokens)
  const allowance = Math.min(saved + earnedShare * tokenBudget, savedShare * tokenBudget)
  return {
    fromSeq: window.fromSeq,
    elideBeforeSeq: window.elideBeforeSeq,
    ...(window.summary && { summary: window.summary }),
    allowance: Math.floor(allowance),
  }
}
