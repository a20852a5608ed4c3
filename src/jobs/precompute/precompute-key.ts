import { createHash } from 'node:crypto'
import type { AnyDefinition } from '../../pipeline/definition.ts'
import type { ConversationStore } from '../../store/conversation-store.ts'

/**
 * What an answer made ahead depends on, as a hash: the input, and the conversation as it stands. One
 * more turn is another conversation, so an answer made before it is not found any more.
 */
export async function precomputeKey(
  { precompute, memory }: AnyDefinition,
  input: unknown,
  conversations: Pick<ConversationStore, 'readMemory'>,
): Promise<string> {
  const parts: (string | number)[] = [precompute?.key?.(input) ?? JSON.stringify(input) ?? '']
  if (memory) {
    const conversationId = memory.conversation(input)
    const { totalTurns } = await conversations.readMemory(conversationId, 0)
    parts.push(conversationId, totalTurns)
  }
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
