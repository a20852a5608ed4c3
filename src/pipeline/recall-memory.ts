import type { Memory } from '../model/conversation.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import type { ConversationState } from './conversation-states.ts'
import type { PreparedPipeline } from './prepare.ts'
import type { Run } from './run.ts'

/** What is remembered of the conversation that a request belongs to. */
export interface Remembered {
  readonly conversationId: string
  readonly memory: Memory
  readonly state: ConversationState
}

/** Turns that are read where it is not known how far back the window reaches. */
const firstWindowTurns = 60

/** Reads what is remembered; undefined for a pipeline without memory. */
export async function recallMemory(
  { definition, services, states }: PreparedPipeline,
  input: unknown,
  run: Pick<Run, 'span'>,
): Promise<Remembered | undefined> {
  if (!definition.memory) return undefined
  const conversationId = definition.memory.conversation(input)
  // By this attribute a deleted conversation finds its traces.
  run.span.set({ 'gen_ai.conversation.id': conversationId })
  const state = states.of(conversationId)
  await catchUp(state, services.conversations, conversationId)
  const memory = await services.conversations.readMemory(conversationId, windowTurns(state))
  return { conversationId, memory, state }
}

/** The turns of the window alone: what is before them is for the summary and for recall. */
function windowTurns({ epoch, index }: ConversationState): number {
  return epoch ? Math.max(1, index.lastSeq - epoch.fromSeq + 1) : firstWindowTurns
}

/** Adds the turns to the index that it has not seen, also those that another process stored. */
async function catchUp(
  { index }: ConversationState,
  conversations: ConversationStore,
  conversationId: string,
): Promise<void> {
  for (;;) {
    const before = index.lastSeq
    for (const turn of await conversations.readTurns(conversationId, { afterSeq: before })) {
      index.add(turn)
    }
    if (index.lastSeq === before) return
  }
}
