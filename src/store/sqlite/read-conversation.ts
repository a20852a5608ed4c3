/** What is read of a conversation; several reads that belong together are made within one view. */
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
import type { Database } from './database.ts'
import { readHistorySummary } from './history-summary.ts'

export function readMemory(
  database: Database,
  conversationId: string,
  recentTurns: number,
): Memory {
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

export function exportConversation(database: Database, conversationId: string): ConversationExport {
  const userId = database.get(
    'SELECT user_id FROM owners WHERE conversation_id = ?',
    [conversationId],
    (row) => row.text('user_id'),
  )
  return {
    conversationId,
    ...(userId !== undefined && { userId }),
    turns: readTurns(database, conversationId, 0, readLastSeq(database, conversationId)),
    summaries: database.all(
      'SELECT * FROM summaries WHERE conversation_id = ? ORDER BY to_seq, from_seq',
      [conversationId],
      readSummaryRow,
    ),
    pins: readPins(database, conversationId),
    workingState: readState(database, conversationId),
    answers: database.all(
      'SELECT * FROM answers WHERE conversation_id = ? ORDER BY created_at_ms, id',
      [conversationId],
      readAnswerRow,
    ),
    traceIds: readTraceIds(database, conversationId),
  }
}

/** Since there are no gaps, the last sequence number is the number of turns as well. */
export function readLastSeq(database: Database, conversationId: string): number {
  const last = database.get(
    'SELECT max(seq) AS last_seq FROM turns WHERE conversation_id = ?',
    [conversationId],
    (row) => row.optionalNumber('last_seq'),
  )
  return last ?? 0
}

export function readTurns(
  database: Database,
  conversationId: string,
  afterSeq: number,
  limit: number,
): Turn[] {
  return database.all(
    'SELECT * FROM turns WHERE conversation_id = ? AND seq > ? ORDER BY seq LIMIT ?',
    [conversationId, afterSeq, limit],
    readTurnRow,
  )
}

export function readState(database: Database, conversationId: string): WorkingState {
  const stored = database.get(
    'SELECT value, version FROM working_states WHERE conversation_id = ?',
    [conversationId],
    readStateRow,
  )
  return stored ?? emptyState
}

function readPins(database: Database, conversationId: string): Pin[] {
  return database.all(
    'SELECT * FROM pins WHERE conversation_id = ? ORDER BY position',
    [conversationId],
    readPinRow,
  )
}

function readTraceIds(database: Database, conversationId: string): string[] {
  return database.all(
    `SELECT trace_id FROM traces WHERE trace_id IN
       (SELECT trace_id FROM trace_conversations WHERE conversation_id IN (?, ?))
     ORDER BY started_at_ms, trace_id`,
    marksOfConversation(conversationId),
    (row) => row.text('trace_id'),
  )
}
