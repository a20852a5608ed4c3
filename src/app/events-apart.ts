import type { AnswerStore } from '../store/answer-store.ts'
import type { DeletionReport } from '../store/conversation-store.ts'
import type { RedisEventStore } from '../store/open-redis-events.ts'
import type { Stores } from '../store/shared/stores.ts'

/**
 * The stores of a database with the event logs somewhere else.
 *
 * What the database does with the logs in one commit is done in two steps here, in the order in which a
 * crash between them does no harm: a run is known before the runs before it are shut out of the log, and
 * a record is gone before its log is. A log that is left over so expires.
 */
export function withEventsApart(stores: Stores, events: RedisEventStore): Stores {
  const { answers, conversations } = stores

  async function removeLogs(
    filter: Parameters<AnswerStore['list']>[0],
    remove: () => Promise<DeletionReport>,
  ): Promise<DeletionReport> {
    const records = await answers.list({ ...filter, ahead: true, limit: everything })
    const report = await remove()
    const counts = await Promise.all(records.map(({ id, run }) => events.remove(id, run + 1)))
    return { ...report, events: counts.reduce((sum, count) => sum + count, report.events ?? 0) }
  }

  return {
    ...stores,
    events,
    answers: {
      ...answers,
      async startRun(answerId) {
        const run = await answers.startRun(answerId)
        await events.raiseFence(answerId, run)
        return run
      },
      async delete(answerId) {
        const record = await answers.get(answerId)
        const deleted = await answers.delete(answerId)
        await events.remove(answerId, (record?.run ?? 0) + 1)
        return deleted
      },
    },
    conversations: {
      ...conversations,
      deleteConversation: (conversationId) =>
        removeLogs({ conversationId }, () => conversations.deleteConversation(conversationId)),
      deleteUser: (userId) => removeLogs({ userId }, () => conversations.deleteUser(userId)),
    },
    async close() {
      await events.close()
      await stores.close()
    },
  }
}

/** More than any one person has. */
const everything = 1_000_000
