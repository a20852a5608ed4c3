import type { PreparedPipeline } from '../pipeline/prepare.ts'
import type { ConversationStore } from '../store/conversation-store.ts'

/**
 * A deleted conversation leaves nothing behind in the memory of this process either: its search index,
 * and answers that were kept; the report says how many of each. Traces that are still on their way to
 * the store arrive before they are deleted. Other processes notice with its next message.
 */
export function forgetEverywhere(
  conversations: ConversationStore,
  prepared: ReadonlyMap<string, Pick<PreparedPipeline, 'states' | 'cache'>>,
  telemetry: { flush(): Promise<unknown> },
): ConversationStore {
  const sum = (count: (pipeline: Pick<PreparedPipeline, 'states' | 'cache'>) => number) =>
    [...prepared.values()].reduce((total, pipeline) => total + count(pipeline), 0)
  return {
    ...conversations,
    async deleteConversation(conversationId) {
      await telemetry.flush()
      const report = await conversations.deleteConversation(conversationId)
      return {
        ...report,
        searchIndexes: sum(({ states }) => states.forget(conversationId)),
        cachedAnswers: sum(({ cache }) => cache?.forget(conversationId) ?? 0),
      }
    },
    async deleteUser(userId) {
      await telemetry.flush()
      const report = await conversations.deleteUser(userId)
      // Which conversations they were is not known here any more; all are read anew.
      return {
        ...report,
        searchIndexes: sum(({ states }) => states.clear()),
        cachedAnswers: sum(({ cache }) => cache?.clear() ?? 0),
      }
    },
  }
}
