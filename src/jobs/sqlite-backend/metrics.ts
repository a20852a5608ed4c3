import type { Database } from './database.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'
import { windowOf } from './window.ts'

/**
 * How many jobs finished, in total and per minute. A minute is closed by the first job that finishes
 * after it; minutes without jobs are filled with zeros.
 */
export type MetricKind = 'completed' | 'failed'

interface MetricRow {
  readonly jobs: number
  readonly counted_at: number
  readonly counted_jobs: number
}

const minuteMs = 60_000

/** Counts one finished job and keeps at most `maxPoints` minutes. */
export function countFinished(
  tx: Transaction,
  queue: QueueState,
  kind: MetricKind,
  maxPoints: number,
): void {
  const row = readMetric(tx.database, queue.id, kind)
  if (!row) {
    const sql =
      'INSERT INTO bullmq_metric (queue, kind, jobs, counted_at, counted_jobs) VALUES (?, ?, 1, ?, 0)'
    tx.database.run(sql, queue.id, kind, tx.now)
    return
  }
  const minutes = Math.floor(tx.now / minuteMs) - Math.floor(row.counted_at / minuteMs)
  const points = Math.min(minutes, maxPoints)
  if (points <= 0) {
    const sql = 'UPDATE bullmq_metric SET jobs = jobs + 1 WHERE queue = ? AND kind = ?'
    tx.database.run(sql, queue.id, kind)
    return
  }
  addPoints(tx, queue, kind, row.jobs - row.counted_jobs, points)
  removePointsBeyond(tx, queue, kind, maxPoints)
  const sql = `UPDATE bullmq_metric SET jobs = jobs + 1, counted_at = ?, counted_jobs = jobs
    WHERE queue = ? AND kind = ?`
  tx.database.run(sql, tx.now, queue.id, kind)
}

/** The minute that just closed, then the empty ones up to now. */
function addPoints(
  tx: Transaction,
  queue: QueueState,
  kind: MetricKind,
  jobs: number,
  points: number,
): void {
  const last = lastPoint(tx.database, queue.id, kind)
  const sql = 'INSERT INTO bullmq_metric_point (queue, kind, point, jobs) VALUES (?, ?, ?, ?)'
  for (let n = 1; n <= points; n++) {
    tx.database.run(sql, queue.id, kind, last + n, n === 1 ? jobs : 0)
  }
}

function removePointsBeyond(
  tx: Transaction,
  queue: QueueState,
  kind: MetricKind,
  maxPoints: number,
): void {
  const last = lastPoint(tx.database, queue.id, kind)
  const sql = 'DELETE FROM bullmq_metric_point WHERE queue = ? AND kind = ? AND point <= ?'
  tx.database.run(sql, queue.id, kind, last - maxPoints)
}

function lastPoint(database: Database, queueId: number, kind: MetricKind): number {
  const sql = 'SELECT max(point) AS point FROM bullmq_metric_point WHERE queue = ? AND kind = ?'
  return database.get<{ point: number | null }>(sql, queueId, kind)?.point ?? 0
}

function readMetric(database: Database, queueId: number, kind: MetricKind): MetricRow | undefined {
  return database.get('SELECT * FROM bullmq_metric WHERE queue = ? AND kind = ?', queueId, kind)
}

/** BullMQ's form: totals, the minutes from `start` to `end` with the newest first, number of minutes. */
export function readMetrics(
  database: Database,
  queueId: number,
  kind: MetricKind,
  start: number,
  end: number,
): [string[], string[], number] {
  const row = readMetric(database, queueId, kind)
  const totals = row ? [row.jobs, row.counted_at, row.counted_jobs] : []
  const countSql = 'SELECT count(*) AS points FROM bullmq_metric_point WHERE queue = ? AND kind = ?'
  const points = database.get<{ points: number }>(countSql, queueId, kind)?.points ?? 0
  const { offset, limit } = windowOf(start, end, points)
  const sql = `SELECT jobs FROM bullmq_metric_point WHERE queue = ? AND kind = ?
    ORDER BY point DESC LIMIT ? OFFSET ?`
  const minutes = database.all<{ jobs: number }>(sql, queueId, kind, limit, offset)
  return [totals.map(String), minutes.map(({ jobs }) => String(jobs)), points]
}

export function removeMetrics(tx: Transaction, queue: QueueState): void {
  tx.database.run('DELETE FROM bullmq_metric WHERE queue = ?', queue.id)
  tx.database.run('DELETE FROM bullmq_metric_point WHERE queue = ?', queue.id)
}
