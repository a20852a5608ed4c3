import type { DeletionReport } from '../conversation-store.ts'
import { marksOfConversation } from '../shared/conversation-marks.ts'
import { sumReports } from '../shared/sum-reports.ts'
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
  { kind: 'precomputed', sql: 'DELETE FROM precomputed WHERE conversation_id = ?' },
  { kind: 'owners', sql: 'DELETE FROM owners WHERE conversation_id = ?' },
]

const traceDeletion = `DELETE FROM traces WHERE trace_id IN
  (SELECT trace_id FROM trace_conversations WHERE conversation_id IN (?, ?))`

/** Deletes a conversation and all that is derived from it, and counts the rows of each kind. */
export function deleteConversation(database: Database, conversationId: string): DeletionReport {
  const report = database.write(() => deleteRows(database, conversationId))
  emptyWriteAheadLog(database)
  return report
}

/** Deletes all conversations of a user likewise, in one transaction. */
export function deleteUser(database: Database, userId: string): DeletionReport {
  const report = database.write(() => {
    const conversationIds = database.all(
      'SELECT conversation_id FROM owners WHERE user_id = ? ORDER BY conversation_id',
      [userId],
      (row) => row.text('conversation_id'),
    )
    return sumReports(conversationIds.map((id) => deleteRows(database, id)))
  })
  emptyWriteAheadLog(database)
  return report
}

/** Runs that are still going on are fenced off first: their late events would bring texts back. */
function deleteRows(database: Database, conversationId: string): DeletionReport {
  fenceConversation(database, conversationId)
  const counts = deletions.map(({ kind, sql }) => [kind, database.run(sql, [conversationId])])
  const traces = database.run(traceDeletion, marksOfConversation(conversationId))
  return { ...Object.fromEntries(counts), traces }
}

/** The log still holds the pages as they were. Emptying it is the last step of deleting. */
function emptyWriteAheadLog(database: Database): void {
  if (!database.inMemory) database.run('PRAGMA wal_checkpoint(TRUNCATE)', [])
}
