import type { ContextEpoch } from '../context/epoch.ts'
import { createRecallIndex, type RecallIndex } from '../context/recall-index.ts'
import type { Summary } from '../model/conversation.ts'

/**
 * What a process keeps of a conversation beside the store: derived data that is made again from the
 * turns when it is gone, at the price of one cache miss.
 */
export interface ConversationState {
  readonly index: RecallIndex
  /** When the newest turn of the index was said, by which a conversation made anew is told apart. */
  lastSaidAtMs: number | undefined
  /** Where the window stands, so that the head of the request stays the same from turn to turn. */
  epoch: ContextEpoch | undefined
  /** The newest summary that is known of; that of a context may end before it. */
  newestSummary: Summary | undefined
  /** A summary is being planned or made; a second one would plan the same turns. */
  isSummarising: boolean
}

export interface ConversationStates {
  of(conversationId: string): ConversationState
  /** To be told when a state has grown: what was unused for longest goes where all take too much. */
  grown(conversationId: string): void
  /** Lets go of what was derived from a conversation that is deleted; says of how many. */
  forget(conversationId: string): number
  clear(): number
}

/**
 * The memory that the states of a pipeline take in a process, about: some hundred thousand short turns.
 * It is the bound on what grows with history; who needs a conversation again reads its turns again.
 */
const defaultMostBytes = 128 * 1024 * 1024
/** Of a state without a turn. */
const stateBytes = 4_096

export function createConversationStates(mostBytes: number = defaultMostBytes): ConversationStates {
  // A Map keeps the order of insertion: the first is the one unused for longest.
  const states = new Map<string, ConversationState & { bytes: number }>()
  let totalBytes = 0

  function forget(conversationId: string): number {
    totalBytes -= states.get(conversationId)?.bytes ?? 0
    return states.delete(conversationId) ? 1 : 0
  }

  return {
    of(conversationId) {
      const state = states.get(conversationId) ?? {
        index: createRecallIndex(),
        lastSaidAtMs: undefined,
        epoch: undefined,
        newestSummary: undefined,
        isSummarising: false,
        bytes: 0,
      }
      states.delete(conversationId)
      states.set(conversationId, state)
      return state
    },
    grown(conversationId) {
      const state = states.get(conversationId)
      if (!state) return
      const bytes = stateBytes + state.index.bytes
      totalBytes += bytes - state.bytes
      state.bytes = bytes
      for (const oldest of states.keys()) {
        if (totalBytes <= mostBytes || oldest === conversationId) return
        forget(oldest)
      }
    },
    forget,
    clear() {
      const { size } = states
      states.clear()
      totalBytes = 0
      return size
    },
  }
}
