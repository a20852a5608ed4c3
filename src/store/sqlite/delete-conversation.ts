import type { DeletionReport } from '../conversation-store.ts'
import type { Database } from './database.ts'
import { fenceConversation } from './event-fence.ts'

/** What is deleted with a conversation, in an order in which nothing is orphaned on the way. */
const deletions: readonly { readonly kind: string; readonly sql: string }[] = [
  { kind: 'turns', sql: 'DELETE FROM turns WHERE conversation_id = ?' },
  { kind: 'summaries', sql: 'DELETE FROM summaries WHERE conversation_id = ?' },
  { kind: 'pins', sql: 'DELETE FROM pins WHERE conversation_id = ?' },
  { kind: 'workingStates', sql: 'DELETE FROM working_states WHERE conversation_id = ?' },
  { kind: 'idempotencyKeys', sql: 'DELETE FROM append_keys WHERE conversation_id = ?' },
  {
    kind: 'events',
    sql: `DELETE FROM events WHERE answer_id IN
      (SELECT id FROM answers WHERE conversation_id = ?)`,
  },
  {
    kind: 'steps',
    sql: `DELETE FROM steps WHERE answer_id IN
      (SELECT id FROM answers WHERE conversation_id = ?)`,
  },
  { kind: 'answers', sql: 'DELETE FROM answers WHERE conversation_id = ?' },
  {
    kind: 'traces',
    sql: `DELETE FROM traces WHERE trace_id IN
      (SELECT trace_id FROM trace_conversations WHERE conversation_id = ?)`,
  },
]

/**
 * Deletes a conversation and all that is derived from it, in one transaction, and counts the rows of
 * each kind. Runs that are still going on are fenced off first: their late events would otherwise
 * bring texts back.
 */
export function deleteConversation(database: Database, conversationId: string): DeletionReport {
  const report = database.write(() => {
    fenceConversation(database, conversationId)
    return Object.fromEntries(
      deletions.map(({ kind, sql }) => [kind, database.run(sql, [conversationId])]),
    )
  })
  // The write-ahead log still holds the pages as they were. Emptying it is the last step of deleting.
  if (!database.inMemory) database.run('PRAGMA wal_checkpoint(TRUNCATE)', [])
  return report
}
