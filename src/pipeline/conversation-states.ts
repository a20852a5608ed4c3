import type { Epoch } from '../context/epoch.ts'
import { createRecallIndex, type RecallIndex } from '../context/recall-index.ts'

/**
 * What a process keeps of a conversation beside the store: derived data that is made again from the
 * turns when it is gone, at the price of one cache miss.
 */
export interface ConversationState {
  readonly index: RecallIndex
  /** Where the window stands, so that the head of the request stays the same from turn to turn. */
  epoch: Epoch | undefined
  /** A summary is being made; a second one would plan the same turns. */
  isSummarising: boolean
}

/** Conversations whose state is kept; the one unused for longest goes. About 1.6 KB a turn each. */
const maxConversations = 500

export interface ConversationStates {
  of(conversationId: string): ConversationState
  /** Lets go of what was derived from a conversation that is deleted. */
  forget(conversationId: string): void
  clear(): void
}

export function createConversationStates(): ConversationStates {
  // A Map keeps the order of insertion: the first is the one unused for longest.
  const states = new Map<string, ConversationState>()
  return {
    of(conversationId) {
      const state = states.get(conversationId) ?? {
        index: createRecallIndex(),
        epoch: undefined,
        isSummarising: false,
      }
      states.delete(conversationId)
      states.set(conversationId, state)
      const [oldest] = states.keys()
      if (states.size > maxConversations && oldest !== undefined) states.delete(oldest)
      return state
    },
    forget: (conversationId) => void states.delete(conversationId),
    clear: () => states.clear(),
  }
}
