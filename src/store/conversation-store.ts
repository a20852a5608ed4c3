import type { JsonObject } from '../base/json.ts'
import type { Memory, NewTurn, Pin, Summary, Turn, WorkingState } from '../model/conversation.ts'
import type { AnswerRecord } from './answer-store.ts'

/**
 * The log of conversations and what is derived from it.
 *
 * Guarantees of every implementation: an append is atomic, and durable once it resolves; turns get
 * sequence numbers from 1 without a gap, also with writers in several processes; turns are immutable;
 * `readMemory` and `exportConversation` are views of one moment.
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
   * Adds a summary unless one of the same range is there, or its turns are not: they were deleted while
   * it was written, and those that may stand in their place are newer. Tells whether it was added.
   */
  addSummary(conversationId: string, summary: Summary): Promise<boolean>
  /** Sets or, with undefined, removes a pin. */
  setPin(conversationId: string, key: string, pin: Omit<Pin, 'key'> | undefined): Promise<void>
  /**
   * Merges fields into the working state (JSON Merge Patch, RFC 7396: null removes a key), atomically,
   * so that two writers of different fields keep both.
   */
  mergeState(conversationId: string, patch: JsonObject): Promise<WorkingState>
  /**
   * Says whose conversation it is, also before its first turn; the newest owner counts. Appends can say
   * it with `userId`.
   */
  setOwner(conversationId: string, userId: string): Promise<void>
  /** The owner, where one was named. */
  ownerOf(conversationId: string): Promise<string | undefined>
  /** Deletes a conversation and all that is derived from it; says how many rows of each kind. */
  deleteConversation(conversationId: string): Promise<DeletionReport>
  /**
   * Deletes all conversations that the user owns, and all that is derived from them, in one commit. In
   * the report, `owners` is the number of conversations.
   */
  deleteUser(userId: string): Promise<DeletionReport>
  /** All that a person may ask to be given. An unknown id is an empty conversation. */
  exportConversation(conversationId: string): Promise<ConversationExport>
}

export interface AppendOptions {
  readonly idempotencyKey?: string
  /** The owner of the conversation, recorded in the same commit. */
  readonly userId?: string
}

export interface AppendResult {
  readonly turns: readonly Turn[]
  /** The key had been used before: nothing was appended. */
  readonly repeated: boolean
}

/** Rows deleted, by kind, such as `{ turns: 12, summaries: 1 }`. */
export type DeletionReport = Readonly<Record<string, number>>

/** A conversation with what is derived from it, as plain JSON. Lists are oldest first. */
export interface ConversationExport {
  readonly conversationId: string
  /** The owner, where one was named. */
  readonly userId?: string
  readonly turns: readonly Turn[]
  readonly summaries: readonly Summary[]
  readonly pins: readonly Pin[]
  readonly workingState: WorkingState
  readonly answers: readonly AnswerRecord[]
  /** Of the traces that are kept; each is in the trace store. */
  readonly traceIds: readonly string[]
}
