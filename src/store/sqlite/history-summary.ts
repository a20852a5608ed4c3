import type { Summary } from '../../model/conversation.ts'
import { readSummaryRow } from '../shared/conversation-rows.ts'
import { joinSummaries } from '../shared/history-summary.ts'
import type { Database } from './database.ts'

/**
 * One summary made of the chain that covers turns up to `lastSeq` as near to it as there is one. Its
 * range is what the chain covers without a hole; it reaches beyond `lastSeq` where only a longer
 * summary was there.
 */
export function readHistorySummary(
  database: Database,
  conversationId: string,
  lastSeq: number,
): Summary | undefined {
  if (lastSeq < 1) return undefined
  return joinSummaries(seekPieces(database, conversationId, lastSeq))
}

/** The pieces of the chain, the newest first. */
function* seekPieces(
  database: Database,
  conversationId: string,
  lastSeq: number,
): Generator<Summary> {
  let piece =
    pieceCovering(database, conversationId, lastSeq) ??
    pieceEndingBefore(database, conversationId, lastSeq)
  while (piece) {
    yield piece
    const before = piece.fromSeq - 1
    piece = before < 1 ? undefined : pieceCovering(database, conversationId, before)
  }
}

/** The summary that ends with turn `seq` and reaches back farthest, else the first that holds the turn. */
function pieceCovering(
  database: Database,
  conversationId: string,
  seq: number,
): Summary | undefined {
  const ending = database.get(
    `SELECT * FROM summaries WHERE conversation_id = ? AND to_seq = ?
     ORDER BY from_seq LIMIT 1`,
    [conversationId, seq],
    readSummaryRow,
  )
  return (
    ending ??
    database.get(
      `SELECT * FROM summaries WHERE conversation_id = ? AND to_seq > ? AND from_seq <= ?
       ORDER BY to_seq, from_seq LIMIT 1`,
      [conversationId, seq, seq],
      readSummaryRow,
    )
  )
}

function pieceEndingBefore(
  database: Database,
  conversationId: string,
  seq: number,
): Summary | undefined {
  return database.get(
    `SELECT * FROM summaries WHERE conversation_id = ? AND to_seq < ?
     ORDER BY to_seq DESC, from_seq LIMIT 1`,
    [conversationId, seq],
    readSummaryRow,
  )
}
