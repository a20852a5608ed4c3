import type { JsonObject } from '../base/json.ts'
import type { Memory, NewTurn, Pin, Summary, Turn, WorkingState } from '../model/conversation.ts'

/**
 * The log of conversations and what is derived from it.
 *
 * Guarantees of every implementation: an append is atomic, and durable once it resolves; turns get
 * sequence numbers from 1 without a gap, also with writers in several processes; turns are immutable;
 * `readMemory` is one consistent view.
 */
export interface ConversationStore {
  /**
   * Appends turns in order, all or none. A repeated `idempotencyKey` of the same conversation appends
   * nothing and returns the turns of the first time.
   */
  append(
    conversationId: string,
    turns: readonly NewTurn[],
    options?: AppendOptions,
  ): Promise<AppendResult>
  /** Turns with `seq` greater than `afterSeq` (default 0), oldest first, at most `limit` (default 1,000). */
  readTurns(
    conversationId: string,
    options?: { readonly afterSeq?: number; readonly limit?: number },
  ): Promise<readonly Turn[]>
  /** Everything remembered, with the newest `recentTurns` turns verbatim. An unknown id is an empty memory. */
  readMemory(conversationId: string, recentTurns: number): Promise<Memory>
  /**
   * Adds a summary unless one of the same range is there, or its turns are not (they were deleted while
   * it was written); tells whether it was added.
   */
  addSummary(conversationId: string, summary: Summary): Promise<boolean>
  /** Sets or, with undefined, removes a pin. */
  setPin(conversationId: string, key: string, pin: Omit<Pin, 'key'> | undefined): Promise<void>
  /**
   * Merges fields into the working state (JSON Merge Patch, RFC 7396: null removes a key), atomically,
   * so that two writers of different fields keep both.
   */
  mergeState(conversationId: string, patch: JsonObject): Promise<WorkingState>
  /** Deletes a conversation and all that is derived from it; says how many rows of each kind. */
  deleteConversation(conversationId: string): Promise<DeletionReport>
}

export interface AppendOptions {
  readonly idempotencyKey?: string
}

export interface AppendResult {
  readonly turns: readonly Turn[]
  /** The key had been used before: nothing was appended. */
  readonly repeated: boolean
}

/** Rows deleted, by kind, such as `{ turns: 12, summaries: 1 }`. */
export type DeletionReport = Readonly<Record<string, number>>
