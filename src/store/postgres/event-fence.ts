/**
 * The head of each answer's event log: its newest run, its last sequence number, and the transaction
 * that grew it last.
 *
 * The head outlives a deleted answer, without any content: its run, raised by one, keeps refusing what
 * a worker still writes.
 *
 * Growth is found by transactions, not by a counter: a counter would have all writers wait for one
 * another, or give numbers in another order than that of the commits, so that a reader who has seen a
 * higher one passes over a lower one that commits later. Whoever looks remembers the oldest transaction
 * that was under way then. Every log that he has not seen grew in that one or in a later one.
 */
import type { GrownLog } from '../shared/watchers.ts'
import type { Statements } from './database.ts'

export interface LogHead {
  readonly run: number
  readonly lastSeq: number
}

/** The transaction of a head that has not grown: before every transaction there is. */
export const neverGrown = `'0'::xid8`

/** The heads of those logs that have one. */
export async function readHeads(
  statements: Statements,
  answerIds: readonly string[],
): Promise<ReadonlyMap<string, LogHead>> {
  if (answerIds.length === 0) return new Map()
  const heads = await statements.all(
    'SELECT answer_id, run, last_seq FROM holdfast.event_logs WHERE answer_id = ANY($1)',
    [answerIds],
    (row) => {
      const head = { run: row.number('run'), lastSeq: row.number('last_seq') }
      return [row.text('answer_id'), head] as const
    },
  )
  return new Map(heads)
}

/** From now on, runs of the answer before `run` are refused. Its row in `answers` is locked. */
export async function fenceAnswer(
  statements: Statements,
  answerId: string,
  run: number,
): Promise<void> {
  await statements.run(
    `INSERT INTO holdfast.event_logs AS head (answer_id, run, last_seq, grown)
     VALUES ($1, $2, 0, ${neverGrown})
     ON CONFLICT (answer_id) DO UPDATE SET run = greatest(head.run, excluded.run)`,
    [answerId, run],
  )
}

/** From now on, every run so far of the answers of these conversations is refused. */
export async function fenceConversations(
  statements: Statements,
  conversationIds: readonly string[],
): Promise<void> {
  await statements.run(
    'SELECT 1 FROM holdfast.answers WHERE conversation_id = ANY($1) ORDER BY id FOR UPDATE',
    [conversationIds],
  )
  await statements.run(
    `INSERT INTO holdfast.event_logs AS head (answer_id, run, last_seq, grown)
     SELECT id, run + 1, 0, ${neverGrown} FROM holdfast.answers
     WHERE conversation_id = ANY($1) ORDER BY id
     ON CONFLICT (answer_id) DO UPDATE SET run = greatest(head.run + 1, excluded.run)`,
    [conversationIds],
  )
}

/** A moment in the growth of all logs. */
export type GrowthCursor = string

/** Now: what grows later is found from here. */
export function readGrowthCursor(statements: Statements): Promise<GrowthCursor> {
  return statements.one(
    'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS cursor',
    [],
    (row) => row.text('cursor'),
  )
}

/**
 * The logs that have grown since the cursor, and the cursor of now. A log that grew at about the time
 * of a cursor may be found from both sides of it.
 */
export async function readGrowth(
  statements: Statements,
  cursor: GrowthCursor,
): Promise<{ readonly cursor: GrowthCursor; readonly grown: readonly GrownLog[] }> {
  // Transactions that have not begun stand in rows that were restored from another server.
  const rows = await statements.all(
    `WITH now AS (
       SELECT pg_snapshot_xmin(snapshot) AS oldest, pg_snapshot_xmax(snapshot) AS next
       FROM pg_current_snapshot() AS snapshot
     )
     SELECT oldest::text AS cursor, answer_id, last_seq
     FROM now LEFT JOIN holdfast.event_logs ON grown >= $1::xid8 AND grown < next`,
    [cursor],
    (row) => ({
      cursor: row.text('cursor'),
      answerId: row.optionalText('answer_id'),
      lastSeq: row.optionalNumber('last_seq'),
    }),
  )
  return {
    cursor: rows[0]?.cursor ?? cursor,
    grown: rows.flatMap(({ answerId, lastSeq }) =>
      answerId === undefined || lastSeq === undefined ? [] : [{ answerId, lastSeq }],
    ),
  }
}
