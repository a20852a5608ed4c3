import type { NewTurn, Pin, Turn } from '../../model/conversation.ts'
import type { AppendResult, ConversationStore } from '../conversation-store.ts'
import { checkCount, defaultReadLimit } from '../shared/check-options.ts'
import { checkRange, summaryValues } from '../shared/conversation-rows.ts'
import { encodeJson } from '../shared/encode-json.ts'
import { isMessage } from '../shared/json-shapes.ts'
import { patchedState } from '../shared/patched-state.ts'
import type { Database } from './database.ts'
import { deleteConversation, deleteUser } from './delete-conversation.ts'
import {
  exportConversation,
  readLastSeq,
  readMemory,
  readState,
  readTurns,
} from './read-conversation.ts'

/** The conversations of a database whose schema is up to date. */
export function createConversations(database: Database): ConversationStore {
  return {
    async append(conversationId, turns, options = {}) {
      const messages = turns.map((turn) => encodeJson(turn.message, 'message', isMessage))
      const { idempotencyKey: key, userId } = options
      return database.write(() => {
        const earlier = key === undefined ? undefined : readAppend(database, conversationId, key)
        if (earlier) return { turns: earlier, repeated: true }
        const lastSeq = readLastSeq(database, conversationId)
        const result = appendTurns(database, conversationId, lastSeq, turns, messages)
        if (key !== undefined) {
          database.run(
            `INSERT INTO append_keys (conversation_id, idempotency_key, first_seq, last_seq)
             VALUES (?, ?, ?, ?)`,
            [conversationId, key, lastSeq + 1, lastSeq + turns.length],
          )
        }
        if (userId !== undefined) setOwner(database, conversationId, userId)
        return result
      })
    },

    async readTurns(conversationId, options = {}) {
      const afterSeq = checkCount('afterSeq', options.afterSeq ?? 0)
      const limit = checkCount('limit', options.limit ?? defaultReadLimit)
      return readTurns(database, conversationId, afterSeq, limit)
    },

    async readMemory(conversationId, recentTurns) {
      checkCount('recentTurns', recentTurns)
      return database.view(() => readMemory(database, conversationId, recentTurns))
    },

    async addSummary(conversationId, summary) {
      checkRange(summary)
      // Turns that are not there were deleted while the summary was written; it has to go with them. Where
      // their numbers are there again, the new turns are newer than it.
      const added = database.run(
        `INSERT INTO summaries (conversation_id, from_seq, to_seq, text, ascii_tokens,
           other_tokens, created_at_ms, written_by)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
         WHERE EXISTS (
           SELECT 1 FROM turns WHERE conversation_id = ?1 AND seq = ?3 AND created_at_ms <= ?7
         )
         ON CONFLICT DO NOTHING`,
        summaryValues(conversationId, summary),
      )
      return added === 1
    },

    async setPin(conversationId, key, pin) {
      if (pin) upsertPin(database, conversationId, { key, ...pin })
      else {
        database.run('DELETE FROM pins WHERE conversation_id = ? AND key = ?', [
          conversationId,
          key,
        ])
      }
    },

    async mergeState(conversationId, patch) {
      return database.write(() => {
        const current = readState(database, conversationId)
        const patched = patchedState(current, patch)
        if (!patched) return current
        database.run(
          `INSERT INTO working_states (conversation_id, value, version) VALUES (?, ?, ?)
           ON CONFLICT (conversation_id)
           DO UPDATE SET value = excluded.value, version = excluded.version`,
          [conversationId, patched.text, patched.state.version],
        )
        return patched.state
      })
    },

    async setOwner(conversationId, userId) {
      setOwner(database, conversationId, userId)
    },

    async ownerOf(conversationId) {
      return database.get(
        'SELECT user_id FROM owners WHERE conversation_id = ?',
        [conversationId],
        (row) => row.text('user_id'),
      )
    },

    async deleteConversation(conversationId) {
      return deleteConversation(database, conversationId)
    },

    async deleteUser(userId) {
      return deleteUser(database, userId)
    },

    async exportConversation(conversationId) {
      return database.view(() => exportConversation(database, conversationId))
    },
  }
}

/** The turns of the append that used the key before, if one did. */
function readAppend(
  database: Database,
  conversationId: string,
  key: string,
): readonly Turn[] | undefined {
  const range = database.get(
    `SELECT first_seq, last_seq FROM append_keys
     WHERE conversation_id = ? AND idempotency_key = ?`,
    [conversationId, key],
    (row) => ({ first: row.number('first_seq'), last: row.number('last_seq') }),
  )
  if (!range) return undefined
  return readTurns(database, conversationId, range.first - 1, range.last - range.first + 1)
}

function appendTurns(
  database: Database,
  conversationId: string,
  lastSeq: number,
  turns: readonly NewTurn[],
  messages: readonly string[],
): AppendResult {
  const stored = turns.map((turn, index): Turn => ({ ...turn, seq: lastSeq + 1 + index }))
  for (const [index, turn] of stored.entries()) {
    database.run(
      `INSERT INTO turns (conversation_id, seq, message, created_at_ms, ascii_tokens, other_tokens)
       VALUES (?, ?, ?, ?, ?, ?)`,
      [
        conversationId,
        turn.seq,
        messages[index] ?? null,
        turn.createdAtMs,
        turn.tokens.ascii,
        turn.tokens.other,
      ],
    )
  }
  return { turns: stored, repeated: false }
}

/** A changed pin keeps its place, so that the beginning of the context stays the same for caches. */
function upsertPin(database: Database, conversationId: string, pin: Pin): void {
  database.run(
    `INSERT INTO pins (conversation_id, key, position, text, ascii_tokens, other_tokens)
     SELECT ?1, ?2, coalesce(max(position), 0) + 1, ?3, ?4, ?5 FROM pins
     WHERE conversation_id = ?1
     ON CONFLICT (conversation_id, key) DO UPDATE SET text = excluded.text,
       ascii_tokens = excluded.ascii_tokens, other_tokens = excluded.other_tokens`,
    [conversationId, pin.key, pin.text, pin.tokens.ascii, pin.tokens.other],
  )
}

/** Writes nothing where the owner is the same, so that naming it with every turn costs a seek. */
function setOwner(database: Database, conversationId: string, userId: string): void {
  database.run(
    `INSERT INTO owners (conversation_id, user_id) VALUES (?, ?)
     ON CONFLICT (conversation_id) DO UPDATE SET user_id = excluded.user_id
     WHERE user_id <> excluded.user_id`,
    [conversationId, userId],
  )
}
