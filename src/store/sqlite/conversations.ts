import { isDeepStrictEqual } from 'node:util'
import type { Memory, NewTurn, Pin, Turn, WorkingState } from '../../model/conversation.ts'
import type { AppendResult, ConversationStore } from '../conversation-store.ts'
import { checkCount } from './check-options.ts'
import type { Database } from './database.ts'
import { deleteConversation } from './delete-conversation.ts'
import { encodeJson } from './encode-json.ts'
import { readHistorySummary } from './history-summary.ts'
import { isJsonObject, isMessage } from './json-shapes.ts'
import { mergePatch } from './merge-patch.ts'
import type { RowReader } from './row-reader.ts'
import { invalidValue } from './sqlite-error.ts'

/** Turns that one read returns unless it asks for another number. */
const defaultReadLimit = 1_000

/** The conversations of a database whose schema is up to date. */
export function createConversations(database: Database): ConversationStore {
  return {
    async append(conversationId, turns, options = {}) {
      const messages = turns.map((turn) => encodeJson(turn.message, 'message', isMessage))
      return database.write(() => {
        const key = options.idempotencyKey
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
      const { fromSeq, toSeq } = summary
      if (!(Number.isSafeInteger(fromSeq) && fromSeq >= 1 && fromSeq <= toSeq)) {
        throw invalidValue('summary', `${fromSeq} to ${toSeq} is not a range of turns`)
      }
      // Turns that are not there were deleted while the summary was written; it has to go with them.
      const added = database.run(
        `INSERT INTO summaries (conversation_id, from_seq, to_seq, text, ascii_tokens,
           other_tokens, created_at_ms, written_by)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
         WHERE EXISTS (SELECT 1 FROM turns WHERE conversation_id = ?1 AND seq = ?3)
         ON CONFLICT DO NOTHING`,
        [
          conversationId,
          fromSeq,
          toSeq,
          summary.text,
          summary.tokens.ascii,
          summary.tokens.other,
          summary.createdAtMs,
          summary.writtenBy,
        ],
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
        const merged = mergePatch(current.value, patch)
        const text = encodeJson(merged, 'working state', isJsonObject)
        const value = JSON.parse(text)
        if (isDeepStrictEqual(value, current.value)) return current
        const version = current.version + 1
        database.run(
          `INSERT INTO working_states (conversation_id, value, version) VALUES (?, ?, ?)
           ON CONFLICT (conversation_id)
           DO UPDATE SET value = excluded.value, version = excluded.version`,
          [conversationId, text, version],
        )
        return { value, version }
      })
    },

    async deleteConversation(conversationId) {
      return deleteConversation(database, conversationId)
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

function readMemory(database: Database, conversationId: string, recentTurns: number): Memory {
  const totalTurns = readLastSeq(database, conversationId)
  const firstOlder = Math.max(0, totalTurns - recentTurns)
  return {
    conversationId,
    recentTurns: readTurns(database, conversationId, firstOlder, recentTurns),
    historySummary: readHistorySummary(database, conversationId, firstOlder),
    pins: readPins(database, conversationId),
    workingState: readState(database, conversationId),
    totalTurns,
  }
}

/** Since there are no gaps, the last sequence number is the number of turns as well. */
function readLastSeq(database: Database, conversationId: string): number {
  const last = database.get(
    'SELECT max(seq) AS last_seq FROM turns WHERE conversation_id = ?',
    [conversationId],
    (row) => row.optionalNumber('last_seq'),
  )
  return last ?? 0
}

function readTurns(
  database: Database,
  conversationId: string,
  afterSeq: number,
  limit: number,
): Turn[] {
  return database.all(
    'SELECT * FROM turns WHERE conversation_id = ? AND seq > ? ORDER BY seq LIMIT ?',
    [conversationId, afterSeq, limit],
    readTurn,
  )
}

function readTurn(row: RowReader): Turn {
  return {
    seq: row.number('seq'),
    message: row.json('message', 'a message', isMessage),
    createdAtMs: row.number('created_at_ms'),
    tokens: { ascii: row.number('ascii_tokens'), other: row.number('other_tokens') },
  }
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

function readPins(database: Database, conversationId: string): Pin[] {
  return database.all(
    'SELECT * FROM pins WHERE conversation_id = ? ORDER BY position',
    [conversationId],
    (row) => ({
      key: row.text('key'),
      text: row.text('text'),
      tokens: { ascii: row.number('ascii_tokens'), other: row.number('other_tokens') },
    }),
  )
}

function readState(database: Database, conversationId: string): WorkingState {
  const stored = database.get(
    'SELECT value, version FROM working_states WHERE conversation_id = ?',
    [conversationId],
    (row) => ({
      value: row.json('value', 'a JSON object', isJsonObject),
      version: row.number('version'),
    }),
  )
  return stored ?? { value: {}, version: 0 }
}
