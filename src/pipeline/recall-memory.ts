import type { Memory } from '../model/conversation.ts'
import type { PreparedPipeline } from './prepare.ts'
import type { Run } from './run.ts'

/** Turns that are read verbatim; the token budget decides how many of them are sent. */
const recentTurns = 200

/** What is remembered of the conversation that the input belongs to; undefined without memory. */
export async function recallMemory(
  { definition, services }: PreparedPipeline,
  input: unknown,
  run: Pick<Run, 'span'>,
): Promise<Memory | undefined> {
  if (!definition.memory) return undefined
  const conversationId = definition.memory.conversation(input)
  // By this attribute a deleted conversation finds its traces.
  run.span.set({ 'gen_ai.conversation.id': conversationId })
  return services.conversations.readMemory(conversationId, recentTurns)
}
