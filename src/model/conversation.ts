import { createHash } from 'node:crypto'
import type { JsonObject } from '../base/json.ts'
import type { Message } from './message.ts'

/** One message of a conversation as it was said: immutable, in order, counted once. */
export interface Turn {
  /** From 1, +1 without a gap within a conversation. */
  readonly seq: number
  readonly message: Message
  readonly createdAtMs: number
  readonly tokens: TokenCount
}

/** A turn that has not been stored yet. */
export type NewTurn = Omit<Turn, 'seq'>

/**
 * Tokens of a text by a public tokenizer, in two parts, since other tokenizers differ from it by a
 * factor of their own on each.
 */
export interface TokenCount {
  readonly ascii: number
  readonly other: number
}

/** A compressed stand-in for the turns `fromSeq` to `toSeq`, which stay in the log. */
export interface Summary {
  readonly fromSeq: number
  readonly toSeq: number
  readonly text: string
  readonly tokens: TokenCount
  readonly createdAtMs: number
  /** The model that wrote it, as `provider/id`, or `extractive`. */
  readonly writtenBy: string
}

/** A fact that is always in the context, byte for byte. */
export interface Pin {
  readonly key: string
  readonly text: string
  readonly tokens: TokenCount
}

/** The application's own state of a conversation. It never reaches a model raw. */
export interface WorkingState {
  readonly value: JsonObject
  /** 0 where nothing has been stored; +1 with each change. */
  readonly version: number
}

/**
 * What is remembered of a conversation: the newest turns verbatim, what is older as a summary, facts
 * that are pinned, and the application's working state.
 */
export interface Memory {
  readonly conversationId: string
  /** Oldest first. */
  readonly recentTurns: readonly Turn[]
  /** Covers the turns before `recentTurns` as far as they have been summarised. */
  readonly historySummary: Summary | undefined
  readonly pins: readonly Pin[]
  readonly workingState: WorkingState
  /** All turns that the conversation has, also those that are not in here. */
  readonly totalTurns: number
}

/**
 * Stands for the id of a conversation where the id itself may not be shown, since it may be personal
 * data such as an e-mail address: the same for the same id, so that the traces of the conversation can
 * still be found and deleted. SHA-256, shortened to 96 bits.
 */
export function conversationKey(conversationId: string): string {
  return `id-${createHash('sha256').update(conversationId).digest('hex').slice(0, 24)}`
}
