/**
 * Deletes conversations and all that is derived from them, in one transaction, and counts the rows of
 * each kind.
 *
 * Heads are locked first, then answers, then event logs, each in the order of its ids: the order in
 * which everybody else locks, so that nobody waits in a circle. The locks hold off what is being
 * written of the deleted (an append, a merge into the state, a step), and runs that are still going on
 * are fenced off, since their late events would bring texts back.
 */
import type { DeletionReport } from '../conversation-store.ts'
import { marksOfConversation } from '../shared/conversation-marks.ts'
import { sumReports } from '../shared/sum-reports.ts'
import type { Database, Statements } from './database.ts'
import { fenceConversations } from './event-fence.ts'

const deletions: readonly { readonly kind: string; readonly sql: string }[] = [
  { kind: 'turns', sql: 'DELETE FROM holdfast.turns WHERE conversation_id = ANY($1)' },
  { kind: 'summaries', sql: 'DELETE FROM holdfast.summaries WHERE conversation_id = ANY($1)' },
  { kind: 'pins', sql: 'DELETE FROM holdfast.pins WHERE conversation_id = ANY($1)' },
  {
    kind: 'workingStates',
    sql: `UPDATE holdfast.conversations SET state = NULL
      WHERE id = ANY($1) AND state IS NOT NULL`,
  },
  {
    kind: 'idempotencyKeys',
    sql: 'DELETE FROM holdfast.append_keys WHERE conversation_id = ANY($1)',
  },
  {
    kind: 'events',
    sql: `DELETE FROM holdfast.events WHERE answer_id IN
      (SELECT id FROM holdfast.answers WHERE conversation_id = ANY($1))`,
  },
  {
    kind: 'steps',
    sql: `DELETE FROM holdfast.steps WHERE answer_id IN
      (SELECT id FROM holdfast.answers WHERE conversation_id = ANY($1))`,
  },
  { kind: 'answers', sql: 'DELETE FROM holdfast.answers WHERE conversation_id = ANY($1)' },
  { kind: 'precomputed', sql: 'DELETE FROM holdfast.precomputed WHERE conversation_id = ANY($1)' },
  {
    kind: 'owners',
    sql: `UPDATE holdfast.conversations SET user_id = NULL
      WHERE id = ANY($1) AND user_id IS NOT NULL`,
  },
]

export function deleteConversation(
  database: Database,
  conversationId: string,
): Promise<DeletionReport> {
  return database.write(async (statements) => {
    await statements.run('SELECT 1 FROM holdfast.conversations WHERE id = $1 FOR UPDATE', [
      conversationId,
    ])
    return deleteRows(statements, [conversationId])
  })
}

export function deleteUser(database: Database, userId: string): Promise<DeletionReport> {
  return database.write(async (statements) => {
    const conversationIds = await statements.all(
      'SELECT id FROM holdfast.conversations WHERE user_id = $1 ORDER BY id FOR UPDATE',
      [userId],
      (row) => row.text('id'),
    )
    return deleteRows(statements, conversationIds)
  })
}

/** Of conversations whose heads are locked. */
async function deleteRows(
  statements: Statements,
  conversationIds: readonly string[],
): Promise<DeletionReport> {
  await fenceConversations(statements, conversationIds)
  const reports: DeletionReport[] = []
  for (const { kind, sql } of deletions) {
    reports.push({ [kind]: await statements.run(sql, [conversationIds]) })
  }
  const marks = conversationIds.flatMap(marksOfConversation)
  const traces = await statements.run('DELETE FROM holdfast.traces WHERE marks && $1::text[]', [
    marks,
  ])
  await statements.run('DELETE FROM holdfast.conversations WHERE id = ANY($1)', [conversationIds])
  return sumReports([...reports, { traces }])
}
