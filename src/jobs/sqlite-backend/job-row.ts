import type { JobJson, JobState } from 'bullmq'
import type { Database } from './database.ts'
import { type ParentLink, parentKeyOf } from './keys.ts'
import type { QueueState } from './queue-state.ts'

/** A job without its payload: what transitions look at. */
export interface JobHead {
  readonly seq: number
  readonly queue: number
  readonly id: string
  readonly state: JobState
  readonly score: number
  readonly name: string
  readonly priority: number
  readonly delay: number
  readonly added_at: number
  readonly processed_on: number | null
  readonly finished_on: number | null
  readonly attempts_started: number
  readonly attempts_made: number
  readonly stalled_count: number
  readonly lock_token: string | null
  readonly lock_until: number | null
  readonly processed_by: string | null
  readonly scheduler: string | null
  readonly dedup: string | null
  /** JSON of a `ParentLink`. */
  readonly parent: string | null
  readonly progress: string | null
  readonly deferred_failure: string | null
  readonly failed_reason: string | null
  readonly stacktrace: string | null
  readonly return_value: string | null
}

/** A job with its payload, both still JSON text. */
export interface JobRow extends JobHead {
  readonly data: string
  readonly opts: string
}

const wholeJob = 'bullmq_job JOIN bullmq_job_body USING (seq)'

export function findJob(
  database: Database,
  queue: Pick<QueueState, 'id'>,
  jobId: string,
): JobHead | undefined {
  return database.get('SELECT * FROM bullmq_job WHERE queue = ? AND id = ?', queue.id, jobId)
}

export function findWholeJob(
  database: Database,
  queueId: number,
  jobId: string,
): JobRow | undefined {
  return database.get(`SELECT * FROM ${wholeJob} WHERE queue = ? AND id = ?`, queueId, jobId)
}

/** The first job of a state in its order, or the last when `from` is `end`. */
export function firstJob(
  database: Database,
  queue: QueueState,
  state: JobState,
): JobRow | undefined {
  return database.get(
    `SELECT * FROM ${wholeJob} WHERE queue = ? AND state = ?
      ORDER BY score, position, id LIMIT 1`,
    queue.id,
    state,
  )
}

export function countJobs(database: Database, queueId: number, state: string): number {
  const sql = 'SELECT jobs FROM bullmq_count WHERE queue = ? AND state = ?'
  return database.get<{ jobs: number }>(sql, queueId, state)?.jobs ?? 0
}

/** The time at which the next delayed job is due, if any is delayed. */
export function nextDueTime(database: Database, queueId: number): number | undefined {
  const sql = `SELECT score FROM bullmq_job WHERE queue = ? AND state = 'delayed'
    ORDER BY score LIMIT 1`
  return database.get<{ score: number }>(sql, queueId)?.score
}

export function parentOf(job: Pick<JobHead, 'parent'>): ParentLink | undefined {
  return job.parent === null ? undefined : JSON.parse(job.parent)
}

/** A lock whose time is over is no lock, as on Redis, where its key has expired. */
export function isLocked(job: JobHead, now: number): boolean {
  return job.lock_token !== null && (job.lock_until ?? 0) > now
}

/** The job in the form in which BullMQ's `Job.fromJSON` takes it. */
export function toJobJson(row: JobRow): JobJson {
  const parent = parentOf(row)
  return {
    id: row.id,
    name: row.name,
    data: row.data,
    opts: JSON.parse(row.opts),
    progress: JSON.parse(row.progress ?? '0'),
    delay: row.delay,
    priority: row.priority,
    timestamp: row.added_at,
    attemptsStarted: row.attempts_started,
    attemptsMade: row.attempts_made,
    stalledCounter: row.stalled_count,
    failedReason: row.failed_reason ?? '',
    returnvalue: row.return_value ?? 'null',
    ...(row.finished_on !== null && { finishedOn: row.finished_on }),
    ...(row.processed_on !== null && { processedOn: row.processed_on }),
    ...(row.scheduler !== null && { repeatJobKey: row.scheduler }),
    ...(row.dedup !== null && { deduplicationId: row.dedup }),
    ...(row.deferred_failure !== null && { deferredFailure: row.deferred_failure }),
    ...(row.stacktrace !== null && { stacktrace: row.stacktrace }),
    ...(row.processed_by !== null && { processedBy: row.processed_by }),
    ...(parent && { parent, parentKey: parentKeyOf(parent) }),
  }
}
