import type { JobsOptions, RepeatableOptions } from 'bullmq'
import type { Database } from './database.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'
import { windowOf } from './window.ts'

/** A job scheduler: its rule, the template of its jobs, and the time of its next job. */
export interface SchedulerRow {
  readonly id: string
  readonly next_run: number
  readonly iterations: number
  readonly name: string | null
  readonly tz: string | null
  readonly limit: number | null
  readonly pattern: string | null
  readonly start_date: number | null
  readonly end_date: number | null
  readonly every: number | null
  readonly offset: number | null
  /** JSON, or nothing for a template without options or data. */
  readonly template_opts: string | null
  readonly template_data: string | null
}

/** The id of the job that a scheduler makes for a time. */
export function iterationId(schedulerId: string, runAt: number): string {
  return `repeat:${schedulerId}:${runAt}`
}

/** Whether a job is the next one of its scheduler, which only the scheduler may remove. */
export function isNextIteration(
  database: Database,
  job: { readonly queue: number; readonly id: string; readonly scheduler: string | null },
): boolean {
  if (job.scheduler === null) return false
  const scheduler = readScheduler(database, job.queue, job.scheduler)
  return scheduler !== undefined && iterationId(scheduler.id, scheduler.next_run) === job.id
}

export function readScheduler(
  database: Database,
  queueId: number,
  id: string,
): SchedulerRow | undefined {
  return database.get('SELECT * FROM bullmq_scheduler WHERE queue = ? AND id = ?', queueId, id)
}

export interface SchedulerDefinition {
  readonly id: string
  readonly nextRun: number
  readonly rule: RepeatableOptions
  readonly templateData: string
  readonly templateOpts: JobsOptions
}

/** Writes a scheduler; one that is replaced goes on counting, and keeps its offset if it gets none. */
export function writeScheduler(
  tx: Transaction,
  queue: QueueState,
  { id, nextRun, rule, templateData, templateOpts }: SchedulerDefinition,
): void {
  const previous = readScheduler(tx.database, queue.id, id)
  tx.database.run(
    `INSERT OR REPLACE INTO bullmq_scheduler (queue, id, next_run, iterations, name, tz, "limit",
      pattern, start_date, end_date, every, "offset", template_opts, template_data)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    queue.id,
    id,
    nextRun,
    previous?.iterations ?? 1,
    rule.name,
    rule.tz ?? null,
    rule.limit ?? null,
    rule.pattern ?? null,
    rule.startDate ?? null,
    rule.endDate ?? null,
    rule.every ?? null,
    rule.offset ?? previous?.offset ?? null,
    unlessEmpty(JSON.stringify(templateOpts)),
    unlessEmpty(templateData),
  )
}

function unlessEmpty(json: string): string | null {
  return json === '{}' ? null : json
}

/** Notes that a scheduler has made its next job. */
export function advanceScheduler(
  tx: Transaction,
  queue: QueueState,
  id: string,
  nextRun: number,
): void {
  const sql = `UPDATE bullmq_scheduler SET next_run = ?, iterations = iterations + 1
    WHERE queue = ? AND id = ?`
  tx.database.run(sql, nextRun, queue.id, id)
}

export function deleteScheduler(tx: Transaction, queue: QueueState, id: string): boolean {
  const sql = 'DELETE FROM bullmq_scheduler WHERE queue = ? AND id = ?'
  return tx.database.run(sql, queue.id, id) > 0
}

export function countSchedulers(database: Database, queueId: number): number {
  const sql = 'SELECT count(*) AS schedulers FROM bullmq_scheduler WHERE queue = ?'
  return database.get<{ schedulers: number }>(sql, queueId)?.schedulers ?? 0
}

/** Ids and times of a page of schedulers, by the time of their next job. */
export function listSchedulers(
  database: Database,
  queueId: number,
  start: number,
  end: number,
  ascending: boolean,
): Pick<SchedulerRow, 'id' | 'next_run'>[] {
  const { offset, limit } = windowOf(start, end, countSchedulers(database, queueId))
  const order = ascending ? 'next_run, id' : 'next_run DESC, id DESC'
  const sql = `SELECT id, next_run FROM bullmq_scheduler WHERE queue = ?
    ORDER BY ${order} LIMIT ? OFFSET ?`
  return database.all(sql, queueId, limit, offset)
}

/** The scheduler as the map of strings in which BullMQ reads it. */
export function toSchedulerFields(row: SchedulerRow): Record<string, string> {
  const fields: Record<string, string | number | null> = {
    name: row.name,
    tz: row.tz,
    limit: row.limit,
    pattern: row.pattern,
    startDate: row.start_date,
    endDate: row.end_date,
    every: row.every,
    offset: row.offset,
    opts: row.template_opts,
    data: row.template_data,
    ic: row.iterations,
  }
  const present = Object.entries(fields).filter(([, value]) => value !== null)
  return Object.fromEntries(present.map(([field, value]) => [field, String(value)]))
}
