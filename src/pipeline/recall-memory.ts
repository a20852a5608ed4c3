import { recallCapacity } from '../context/recall-index.ts'
import type { Memory, Turn } from '../model/conversation.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import type { ConversationState } from './conversation-states.ts'
import { findNearest } from './find-nearest.ts'
import type { PreparedPipeline } from './prepare.ts'
import type { Run } from './run.ts'

/** What is remembered of the conversation that a request belongs to. */
export interface Remembered {
  readonly conversationId: string
  readonly memory: Memory
  readonly state: ConversationState
  /** Turns that the application found by meaning. */
  readonly nearest: readonly number[] | undefined
}

/** Turns that are read where it is not known how far back the window reaches. */
const firstWindowTurns = 60
/** Turns that may have come since the window was last looked at: an exchange with its tool calls. */
const newTurns = 12
/** Turns that are indexed in a row, some 5 ms, before others have their turn. */
const pageTurns = 200

/** Reads what is remembered; undefined for a pipeline without memory. */
export async function recallMemory(
  { definition, services, states }: PreparedPipeline,
  { input, message }: { readonly input: unknown; readonly message: string },
  run: Pick<Run, 'clock' | 'span' | 'deadline' | 'telemetry'>,
): Promise<Remembered | undefined> {
  if (!definition.memory) return undefined
  const conversationId = definition.memory.conversation(input)
  // By this attribute a deleted conversation finds its traces.
  run.span.set({ 'gen_ai.conversation.id': conversationId })
  const { conversations } = services
  const nearest = findNearest(definition.memory, { conversationId, message }, run)
  let state = states.of(conversationId)
  let memory = await readWindow(conversations, conversationId, state)
  if (wasDeleted(state, memory)) {
    states.forget(conversationId)
    state = states.of(conversationId)
    memory = await readWindow(conversations, conversationId, state)
  }
  await catchUp(state, conversations, memory)
  states.grown(conversationId)
  return { conversationId, memory, state, nearest: await nearest }
}

/** The turns of the window alone: what is before them is for the summary and for recall. */
async function readWindow(
  conversations: ConversationStore,
  conversationId: string,
  { epoch, index }: ConversationState,
): Promise<Memory> {
  if (!epoch) return conversations.readMemory(conversationId, firstWindowTurns)
  const known = Math.max(0, index.lastSeq - epoch.fromSeq + 1)
  const memory = await conversations.readMemory(conversationId, known + newTurns)
  const missing = (memory.recentTurns[0]?.seq ?? 1) > epoch.fromSeq
  if (!missing) return memory
  // Other processes have stored more than that.
  return conversations.readMemory(conversationId, memory.totalTurns - epoch.fromSeq + 1 + newTurns)
}

/** Another process has deleted the conversation, and it may have begun anew since. */
function wasDeleted({ index, lastSaidAtMs }: ConversationState, memory: Memory): boolean {
  if (memory.totalTurns < index.lastSeq) return true
  const last = memory.recentTurns.find((turn) => turn.seq === index.lastSeq)
  return last !== undefined && last.createdAtMs !== lastSaidAtMs
}

/** Adds the turns to the index that it has not seen, also those that another process stored. */
async function catchUp(
  state: ConversationState,
  conversations: ConversationStore,
  { conversationId, recentTurns, totalTurns }: Memory,
): Promise<void> {
  const { index } = state
  const add = (turns: readonly Turn[]) => {
    for (const turn of turns) index.add(turn)
    if (turns.at(-1)?.seq === index.lastSeq) state.lastSaidAtMs = turns.at(-1)?.createdAtMs
  }
  const firstKnown = recentTurns[0]?.seq ?? totalTurns + 1
  for (;;) {
    // More than the index holds need not be read.
    const afterSeq = Math.max(index.lastSeq, totalTurns - recallCapacity)
    if (afterSeq >= firstKnown - 1) break
    add(await conversations.readTurns(conversationId, { afterSeq, limit: pageTurns }))
    // Deleted in the meantime.
    if (index.lastSeq <= afterSeq) return
    await nextTurn()
  }
  add(recentTurns)
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))
