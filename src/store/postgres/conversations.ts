/**
 * The conversations of a database whose schema is up to date.
 *
 * The row of a conversation in `conversations` is its head: it holds the last sequence number and the
 * working state, and whoever changes these locks it by the change itself. An append takes its numbers
 * from the head and stores its turns in one statement, so that numbers have no gap and one way to the
 * server and back is all that it waits for.
 */
import type { NewTurn, Turn } from '../../model/conversation.ts'
import type { AppendOptions, AppendResult, ConversationStore } from '../conversation-store.ts'
import { checkCount, defaultReadLimit } from '../shared/check-options.ts'
import { checkRange, readStateRow, summaryValues } from '../shared/conversation-rows.ts'
import { encodeJson } from '../shared/encode-json.ts'
import { isMessage } from '../shared/json-shapes.ts'
import { patchedState } from '../shared/patched-state.ts'
import type { Database } from './database.ts'
import { deleteConversation, deleteUser } from './delete-conversation.ts'
import { violates } from './postgres-error.ts'
import { exportConversation, readMemory, readTurns } from './read-conversation.ts'

export function createConversations(database: Database): ConversationStore {
  return {
    async append(conversationId, turns, options = {}) {
      const messages = turns.map((turn) => encodeJson(turn.message, 'message', isMessage))
      for (;;) {
        const appended = await appendTurns(database, conversationId, { turns, messages, options })
        if (appended) return appended
        const earlier = await readAppend(database, conversationId, options.idempotencyKey ?? '')
        if (earlier) return { turns: earlier, repeated: true }
        // The conversation was deleted in between, and the key with it: this is the first append again.
      }
    },

    async readTurns(conversationId, options = {}) {
      const afterSeq = checkCount('afterSeq', options.afterSeq ?? 0)
      const limit = checkCount('limit', options.limit ?? defaultReadLimit)
      return readTurns(database, conversationId, afterSeq, limit)
    },

    async readMemory(conversationId, recentTurns) {
      return readMemory(database, conversationId, checkCount('recentTurns', recentTurns))
    },

    async addSummary(conversationId, summary) {
      checkRange(summary)
      // The lock is against deletion: what was made of deleted turns has to go with them. Turns of the same
      // numbers may be there again by then, but those are newer than a summary of the old ones.
      const added = await database.run(
        `WITH head AS (
           SELECT id FROM holdfast.conversations WHERE id = $1 AND last_seq >= $3 FOR KEY SHARE
         ), covered AS (
           SELECT conversation_id FROM holdfast.turns
           WHERE conversation_id = $1 AND seq = $3 AND created_at_ms <= $7
         )
         INSERT INTO holdfast.summaries (conversation_id, from_seq, to_seq, text, ascii_tokens,
           other_tokens, created_at_ms, written_by)
         SELECT id, $2::bigint, $3, $4::text, $5::bigint, $6::bigint, $7::double precision, $8::text
         FROM head JOIN covered ON conversation_id = id
         ON CONFLICT DO NOTHING`,
        summaryValues(conversationId, summary),
      )
      return added === 1
    },

    async setPin(conversationId, key, pin) {
      if (!pin) {
        await database.run('DELETE FROM holdfast.pins WHERE conversation_id = $1 AND key = $2', [
          conversationId,
          key,
        ])
        return
      }
      // A changed pin keeps its place, so that the beginning of the context stays the same for caches.
      await database.run(
        `INSERT INTO holdfast.pins (conversation_id, key, text, ascii_tokens, other_tokens)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (conversation_id, key) DO UPDATE SET text = excluded.text,
           ascii_tokens = excluded.ascii_tokens, other_tokens = excluded.other_tokens`,
        [conversationId, key, pin.text, pin.tokens.ascii, pin.tokens.other],
      )
    },

    async mergeState(conversationId, patch) {
      return database.write(async (statements) => {
        const current = await statements.one(
          `INSERT INTO holdfast.conversations AS head (id, last_seq) VALUES ($1, 0)
           ON CONFLICT (id) DO UPDATE SET last_seq = head.last_seq
           RETURNING coalesce(state, '{}') AS value, state_version AS version`,
          [conversationId],
          readStateRow,
        )
        const patched = patchedState(current, patch)
        if (!patched) return current
        await statements.run(
          'UPDATE holdfast.conversations SET state = $2, state_version = $3 WHERE id = $1',
          [conversationId, patched.text, patched.state.version],
        )
        return patched.state
      })
    },

    async setOwner(conversationId, userId) {
      // Writes nothing where the owner is the same.
      await database.run(
        `INSERT INTO holdfast.conversations AS head (id, user_id, last_seq) VALUES ($1, $2, 0)
         ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id
         WHERE head.user_id IS DISTINCT FROM excluded.user_id`,
        [conversationId, userId],
      )
    },

    ownerOf: (conversationId) =>
      database.get(
        'SELECT user_id FROM holdfast.conversations WHERE id = $1',
        [conversationId],
        (row) => row.optionalText('user_id'),
      ),

    deleteConversation: (conversationId) => deleteConversation(database, conversationId),

    deleteUser: (userId) => deleteUser(database, userId),

    exportConversation: (conversationId) =>
      database.view((statements) => exportConversation(statements, conversationId)),
  }
}

interface Append {
  readonly turns: readonly NewTurn[]
  readonly messages: readonly string[]
  readonly options: AppendOptions
}

/**
 * The key is looked up before anything is written; where a parallel append has stored it meanwhile, the
 * primary key refuses the second one, and all of its append with it.
 */
const appendSql = `
  WITH head AS (
    INSERT INTO holdfast.conversations AS head (id, last_seq, user_id)
    SELECT $1::text, $2::bigint, $4::text
    WHERE NOT EXISTS (
      SELECT 1 FROM holdfast.append_keys WHERE conversation_id = $1 AND idempotency_key = $3
    )
    ON CONFLICT (id) DO UPDATE SET last_seq = head.last_seq + excluded.last_seq,
      user_id = coalesce(excluded.user_id, head.user_id)
    RETURNING last_seq
  ), key AS (
    INSERT INTO holdfast.append_keys (conversation_id, idempotency_key, first_seq, last_seq)
    SELECT $1, $3::text, last_seq - $2 + 1, last_seq FROM head WHERE $3 IS NOT NULL
  ), stored AS (
    INSERT INTO holdfast.turns
      (conversation_id, seq, message, created_at_ms, ascii_tokens, other_tokens)
    SELECT $1, last_seq - $2 + place, message, created_at_ms, ascii_tokens, other_tokens
    FROM head, unnest($5::text[], $6::double precision[], $7::bigint[], $8::bigint[])
      WITH ORDINALITY AS turn (message, created_at_ms, ascii_tokens, other_tokens, place)
  )
  SELECT last_seq FROM head`

/** Undefined where the idempotency key was used before. */
async function appendTurns(
  database: Database,
  conversationId: string,
  { turns, messages, options }: Append,
): Promise<AppendResult | undefined> {
  const values = [
    conversationId,
    turns.length,
    options.idempotencyKey ?? null,
    options.userId ?? null,
    messages,
    turns.map((turn) => turn.createdAtMs),
    turns.map((turn) => turn.tokens.ascii),
    turns.map((turn) => turn.tokens.other),
  ]
  try {
    const lastSeq = await database.get(appendSql, values, (row) => row.number('last_seq'))
    if (lastSeq === undefined) return undefined
    const before = lastSeq - turns.length
    const stored = turns.map((turn, index): Turn => ({ ...turn, seq: before + 1 + index }))
    return { turns: stored, repeated: false }
  } catch (error) {
    if (error instanceof Error && violates(error.cause, 'append_keys_pkey')) return undefined
    throw error
  }
}

/** The turns of the append that used the key before, if one did. */
async function readAppend(
  database: Database,
  conversationId: string,
  key: string,
): Promise<readonly Turn[] | undefined> {
  const range = await database.get(
    `SELECT first_seq, last_seq FROM holdfast.append_keys
     WHERE conversation_id = $1 AND idempotency_key = $2`,
    [conversationId, key],
    (row) => ({ first: row.number('first_seq'), last: row.number('last_seq') }),
  )
  if (!range) return undefined
  return readTurns(database, conversationId, range.first - 1, range.last - range.first + 1)
}
