/**
 * The head of each answer's event log: its newest run, its last sequence number, and the number of
 * the commit that grew it last.
 *
 * The head outlives a deleted answer, without any content: its run, raised by one, keeps refusing what
 * a worker still writes, and the numbers of growth never go back.
 */
import type { Database } from './database.ts'

export interface LogHead {
  readonly run: number
  readonly lastSeq: number
}

export interface LogGrowth {
  readonly answerId: string
  readonly lastSeq: number
  /** From 1, +1 with each batch that grew any log. */
  readonly growth: number
}

export function readHead(database: Database, answerId: string): LogHead | undefined {
  return database.get(
    'SELECT run, last_seq FROM event_logs WHERE answer_id = ?',
    [answerId],
    (row) => ({ run: row.number('run'), lastSeq: row.number('last_seq') }),
  )
}

export function writeHead(database: Database, head: LogHead & LogGrowth): void {
  database.run(
    `INSERT INTO event_logs (answer_id, run, last_seq, growth) VALUES (?, ?, ?, ?)
     ON CONFLICT (answer_id) DO UPDATE SET
       run = excluded.run, last_seq = excluded.last_seq, growth = excluded.growth`,
    [head.answerId, head.run, head.lastSeq, head.growth],
  )
}

/** Counts as a growth of the log of an answer, which stays as it is. */
export function markGrown(database: Database, answerId: string): LogGrowth {
  const growth = readLastGrowth(database) + 1
  database.run(
    `INSERT INTO event_logs (answer_id, run, last_seq, growth) VALUES (?, 0, 0, ?)
     ON CONFLICT (answer_id) DO UPDATE SET growth = excluded.growth`,
    [answerId, growth],
  )
  return { answerId, lastSeq: readHead(database, answerId)?.lastSeq ?? 0, growth }
}

/** From now on, runs of the answer before `run` are refused. */
export function raiseFence(database: Database, answerId: string, run: number): void {
  database.run(
    `INSERT INTO event_logs (answer_id, run, last_seq, growth) VALUES (?, ?, 0, 0)
     ON CONFLICT (answer_id) DO UPDATE SET run = max(run, excluded.run)`,
    [answerId, run],
  )
}

/** From now on, every run so far of the conversation's answers is refused. */
export function fenceConversation(database: Database, conversationId: string): void {
  database.run(
    `INSERT INTO event_logs (answer_id, run, last_seq, growth)
     SELECT id, run + 1, 0, 0 FROM answers WHERE conversation_id = ?
     ON CONFLICT (answer_id) DO UPDATE SET run = max(run + 1, excluded.run)`,
    [conversationId],
  )
}

/** The number of the newest growth; 0 where nothing was ever written. */
export function readLastGrowth(database: Database): number {
  const last = database.get('SELECT max(growth) AS growth FROM event_logs', [], (row) =>
    row.optionalNumber('growth'),
  )
  return last ?? 0
}

/** Logs that grew after the growth of that number, in order. */
export function readGrowthAfter(database: Database, growth: number): LogGrowth[] {
  return database.all(
    'SELECT answer_id, last_seq, growth FROM event_logs WHERE growth > ? ORDER BY growth',
    [growth],
    (row) => ({
      answerId: row.text('answer_id'),
      lastSeq: row.number('last_seq'),
      growth: row.number('growth'),
    }),
  )
}
