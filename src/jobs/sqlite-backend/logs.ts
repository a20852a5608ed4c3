import type { Database } from './database.ts'
import { JobError } from './job-errors.ts'
import { findJob } from './job-row.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'
import { windowOf } from './window.ts'

export interface LogPage {
  readonly start: number
  readonly end: number
  /** Oldest line first. */
  readonly ascending: boolean
}

interface Span {
  readonly first: number
  readonly last: number
}

/** Appends a line and keeps the last `keep` lines, or all; returns how many there are. */
export function addLogLine(
  tx: Transaction,
  queue: QueueState,
  jobId: string,
  text: string,
  keep: number | undefined,
): number {
  const job = findJob(tx.database, queue, jobId)
  if (!job) throw new JobError('missingJob', { jobId, command: 'addLog' })
  const { first, last } = spanOf(tx.database, job.seq)
  const line = last + 1
  const sql = 'INSERT INTO bullmq_job_log (seq, line, text) VALUES (?, ?, ?)'
  tx.database.run(sql, job.seq, line, text)
  if (keep) cutLines(tx, job.seq, line - keep)
  const lines = line - first + 1
  return keep ? Math.min(keep, lines) : lines
}

/** Removes the lines of a job, or all but the last `keep`. */
export function clearLog(
  tx: Transaction,
  queue: QueueState,
  jobId: string,
  keep: number | undefined,
): void {
  const job = findJob(tx.database, queue, jobId)
  if (!job) return
  cutLines(tx, job.seq, spanOf(tx.database, job.seq).last - (keep ?? 0))
}

export function readLog(
  database: Database,
  queueId: number,
  jobId: string,
  page: LogPage,
): { logs: string[]; count: number } {
  const job = findJob(database, { id: queueId }, jobId)
  if (!job) return { logs: [], count: 0 }
  const { first, last } = spanOf(database, job.seq)
  const count = last - first + 1
  const { offset, limit } = windowOf(page.start, page.end, count)
  const order = page.ascending ? 'ASC' : 'DESC'
  const sql = `SELECT text FROM bullmq_job_log WHERE seq = ? ORDER BY line ${order} LIMIT ? OFFSET ?`
  const lines = database.all<{ text: string }>(sql, job.seq, limit, offset)
  return { logs: lines.map((line) => line.text), count }
}

function cutLines(tx: Transaction, seq: number, until: number): void {
  tx.database.run('DELETE FROM bullmq_job_log WHERE seq = ? AND line <= ?', seq, until)
}

/** Lines are numbered without gaps and cut only at the front, so the ends tell their number. */
function spanOf(database: Database, seq: number): Span {
  const sql = 'SELECT min(line) AS first, max(line) AS last FROM bullmq_job_log WHERE seq = ?'
  const row = database.get<{ first: number | null; last: number | null }>(sql, seq)
  return { first: row?.first ?? 1, last: row?.last ?? 0 }
}
