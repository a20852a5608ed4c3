/**
 * Chooses, among the summaries of a conversation, the chain that stands for its older turns.
 *
 * Summaries may be a rolling one that grows, leaves side by side, or a tree of both, and a summariser
 * may be behind. Read backwards from the newest turn that is to be covered, each piece ends where the
 * one after it begins and reaches back as far as any; where none ends there, one that overlaps serves.
 * Each step is a seek in an index, so that the cost does not grow with the number of old summaries.
 */
import type { Summary } from '../../model/conversation.ts'
import type { Database } from './database.ts'
import type { RowReader } from './row-reader.ts'

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
  const newest =
    pieceCovering(database, conversationId, lastSeq) ??
    pieceEndingBefore(database, conversationId, lastSeq)
  if (!newest) return undefined
  return joinPieces(chainBackFrom(database, conversationId, newest))
}

function chainBackFrom(database: Database, conversationId: string, newest: Summary): Summary[] {
  const chain = [newest]
  for (let first = newest; first.fromSeq > 1; ) {
    const earlier = pieceCovering(database, conversationId, first.fromSeq - 1)
    if (!earlier) break
    while (chain[0] && chain[0].toSeq <= earlier.toSeq) chain.shift()
    chain.unshift(earlier)
    first = earlier
  }
  return chain
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
    readSummary,
  )
  return (
    ending ??
    database.get(
      `SELECT * FROM summaries WHERE conversation_id = ? AND to_seq > ? AND from_seq <= ?
       ORDER BY to_seq, from_seq LIMIT 1`,
      [conversationId, seq, seq],
      readSummary,
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
    readSummary,
  )
}

function joinPieces(chain: readonly Summary[]): Summary | undefined {
  const [first, ...rest] = chain
  if (!first || rest.length === 0) return first
  return {
    fromSeq: first.fromSeq,
    toSeq: Math.max(...chain.map((piece) => piece.toSeq)),
    text: chain.map((piece) => piece.text).join('\n\n'),
    tokens: {
      // The empty line between two pieces is a token of its own.
      ascii: chain.reduce((sum, piece) => sum + piece.tokens.ascii, rest.length),
      other: chain.reduce((sum, piece) => sum + piece.tokens.other, 0),
    },
    createdAtMs: Math.max(...chain.map((piece) => piece.createdAtMs)),
    writtenBy: [...new Set(chain.map((piece) => piece.writtenBy))].join(', '),
  }
}

function readSummary(row: RowReader): Summary {
  return {
    fromSeq: row.number('from_seq'),
    toSeq: row.number('to_seq'),
    text: row.text('text'),
    tokens: { ascii: row.number('ascii_tokens'), other: row.number('other_tokens') },
    createdAtMs: row.number('created_at_ms'),
    writtenBy: row.text('written_by'),
  }
}
