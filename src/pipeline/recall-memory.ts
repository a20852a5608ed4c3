import type { Memory } from '../model/conversation.ts'
import type { PreparedPipeline } from './prepare.ts'

/** Turns that are read verbatim; the token budget decides how many of them are sent. */
const recentTurns = 200

/** What is remembered of the conversation that the input belongs to; undefined without memory. */
export async function recallMemory(
  { definition, services }: PreparedPipeline,
  input: unknown,
): Promise<Memory | undefined> {
  if (!definition.memory) return undefined
  const conversationId = definition.memory.conversation(input)
  return services.conversations.readMemory(conversationId, recentTurns)
}
