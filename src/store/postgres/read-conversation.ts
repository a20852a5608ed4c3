/** What is read of a conversation. */
import type { Memory, Pin, Turn, WorkingState } from '../../model/conversation.ts'
import type { ConversationExport } from '../conversation-store.ts'
import { readAnswerRow } from '../shared/answer-rules.ts'
import { marksOfConversation } from '../shared/conversation-marks.ts'
import {
  emptyState,
  readPinRow,
  readStateRow,
  readSummaryRow,
  readTurnRow,
} from '../shared/conversation-rows.ts'
import { joinSummaries } from '../shared/history-summary.ts'
import type { Statements } from './database.ts'

/**
 * One statement, so that all of it is of one moment and one way to the server and back is enough.
 * `chain` are the pieces of the history summary, the newest first, each found by a seek: the one that
 * covers the last turn before the recent ones, else the nearest before it, and then those that cover
 * the turn before the piece so far. Of those that cover a turn, the one that ends first is taken, and
 * that which reaches back farthest among its like.
 */
const memorySql = `
  WITH RECURSIVE head AS (
    SELECT coalesce(last_seq, 0) AS total_turns,
      greatest(coalesce(last_seq, 0) - $2, 0) AS last_older,
      coalesce(state, '{}') AS value, coalesce(state_version, 0) AS version
    FROM (SELECT) AS always LEFT JOIN holdfast.conversations ON id = $1
  ), chain AS (
    (
      SELECT piece.*, 1 AS place FROM head CROSS JOIN LATERAL (
        (
          SELECT * FROM holdfast.summaries
          WHERE conversation_id = $1 AND to_seq >= last_older AND from_seq <= last_older
          ORDER BY to_seq, from_seq LIMIT 1
        ) UNION ALL (
          SELECT * FROM holdfast.summaries
          WHERE conversation_id = $1 AND to_seq < last_older
          ORDER BY to_seq DESC, from_seq LIMIT 1
        )
      ) AS piece
      WHERE last_older > 0 ORDER BY to_seq DESC LIMIT 1
    ) UNION ALL (
      SELECT piece.*, place + 1 FROM chain CROSS JOIN LATERAL (
        SELECT * FROM holdfast.summaries AS earlier
        WHERE conversation_id = $1 AND earlier.to_seq >= chain.from_seq - 1
          AND earlier.from_seq <= chain.from_seq - 1
        ORDER BY earlier.to_seq, earlier.from_seq LIMIT 1
      ) AS piece
      WHERE chain.from_seq > 1
    )
  )
  SELECT total_turns, value, version,
    (
      SELECT coalesce(json_agg(turn ORDER BY seq), '[]') FROM holdfast.turns AS turn
      WHERE conversation_id = $1 AND seq > last_older
    ) AS turns,
    (SELECT coalesce(json_agg(chain ORDER BY place), '[]') FROM chain) AS pieces,
    (
      SELECT coalesce(json_agg(pin ORDER BY position), '[]') FROM holdfast.pins AS pin
      WHERE conversation_id = $1
    ) AS pins
  FROM head`

export function readMemory(
  statements: Statements,
  conversationId: string,
  recentTurns: number,
): Promise<Memory> {
  return statements.one(memorySql, [conversationId, recentTurns], (row) => ({
    conversationId,
    recentTurns: row.rows('turns', readTurnRow),
    historySummary: joinSummaries(row.rows('pieces', readSummaryRow)),
    pins: row.rows('pins', readPinRow),
    workingState: readStateRow(row),
    totalTurns: row.number('total_turns'),
  }))
}

/** Reads within one view. */
export async function exportConversation(
  statements: Statements,
  conversationId: string,
): Promise<ConversationExport> {
  const head = await readHead(statements, conversationId)
  return {
    conversationId,
    ...(head?.userId !== undefined && { userId: head.userId }),
    turns: await readTurns(statements, conversationId, 0, head?.lastSeq ?? 0),
    summaries: await statements.all(
      `SELECT * FROM holdfast.summaries WHERE conversation_id = $1 ORDER BY to_seq, from_seq`,
      [conversationId],
      readSummaryRow,
    ),
    pins: await readPins(statements, conversationId),
    workingState: head?.state ?? emptyState,
    answers: await statements.all(
      'SELECT * FROM holdfast.answers WHERE conversation_id = $1 ORDER BY created_at_ms, id',
      [conversationId],
      readAnswerRow,
    ),
    traceIds: await statements.all(
      `SELECT trace_id FROM holdfast.traces WHERE marks && $1::text[]
       ORDER BY started_at_ms, trace_id`,
      [marksOfConversation(conversationId)],
      (row) => row.text('trace_id'),
    ),
  }
}

export function readTurns(
  statements: Statements,
  conversationId: string,
  afterSeq: number,
  limit: number,
): Promise<Turn[]> {
  return statements.all(
    `SELECT * FROM holdfast.turns WHERE conversation_id = $1 AND seq > $2
     ORDER BY seq LIMIT $3`,
    [conversationId, afterSeq, limit],
    readTurnRow,
  )
}

function readPins(statements: Statements, conversationId: string): Promise<Pin[]> {
  return statements.all(
    'SELECT * FROM holdfast.pins WHERE conversation_id = $1 ORDER BY position',
    [conversationId],
    readPinRow,
  )
}

interface Head {
  readonly userId: string | undefined
  readonly lastSeq: number
  readonly state: WorkingState
}

function readHead(statements: Statements, conversationId: string): Promise<Head | undefined> {
  return statements.get(
    `SELECT user_id, last_seq, coalesce(state, '{}') AS value, state_version AS version
     FROM holdfast.conversations WHERE id = $1`,
    [conversationId],
    (row) => ({
      userId: row.optionalText('user_id'),
      lastSeq: row.number('last_seq'),
      state: readStateRow(row),
    }),
  )
}
