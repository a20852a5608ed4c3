import type { JobState } from 'bullmq'
import type { Database } from './database.ts'
import { countJobs, findJob } from './job-row.ts'
import { nodeKey } from './keys.ts'
import { countSchedulers, listSchedulers } from './scheduler-store.ts'
import { windowOf } from './window.ts'

/**
 * What BullMQ asks about states. Its names for them are more than the states there are: `wait` is
 * `waiting`, `repeat` means the schedulers, and no job has been in `paused` since version 6.
 */

export function stateOf(database: Database, queueId: number, jobId: string): JobState | 'unknown' {
  return findJob(database, { id: queueId }, jobId)?.state ?? 'unknown'
}

const knownStates = new Set([
  'waiting',
  'wait',
  'paused',
  'active',
  'prioritized',
  'completed',
  'failed',
  'delayed',
  'waiting-children',
])

export function isInState(
  database: Database,
  queueId: number,
  jobId: string,
  state: string,
): boolean {
  if (!knownStates.has(state)) throw new Error(`Unknown job state: ${state}`)
  return stateOf(database, queueId, jobId) === storedState(state)
}

function storedState(type: string): string {
  return type === 'wait' ? 'waiting' : type
}

/** How many jobs there are of each type; of the delayed ones only those due before `dueBefore`, if given. */
export function countTypes(
  database: Database,
  queueId: number,
  types: readonly string[],
  dueBefore?: number,
): number[] {
  return types.map((type) => {
    if (type === 'repeat') return countSchedulers(database, queueId)
    if (type === 'delayed' && dueBefore !== undefined) {
      return countDueBefore(database, queueId, dueBefore)
    }
    return countJobs(database, queueId, storedState(type))
  })
}

function countDueBefore(database: Database, queueId: number, time: number): number {
  const sql = `SELECT count(*) AS jobs FROM bullmq_job
    WHERE queue = ? AND state = 'delayed' AND score < ?`
  return database.get<{ jobs: number }>(sql, queueId, time)?.jobs ?? 0
}

/** How many jobs wait at each priority; 0 stands for the jobs without one. */
export function countPriorities(
  database: Database,
  queueId: number,
  priorities: readonly number[],
): number[] {
  const sql = `SELECT count(*) AS jobs FROM bullmq_job
    WHERE queue = ? AND state = 'prioritized' AND score = ?`
  return priorities.map((priority) =>
    priority === 0
      ? countJobs(database, queueId, 'waiting')
      : (database.get<{ jobs: number }>(sql, queueId, priority)?.jobs ?? 0),
  )
}

export interface Page {
  readonly start: number
  readonly end: number
  /** First to be taken, due or finished comes first. */
  readonly ascending: boolean
}

/**
 * Ids of a page of one type.
 *
 * `Queue.getJobs` turns an ascending page of waiting or active jobs around once more, because Redis
 * keeps those in lists with the newest at the head; such pages are therefore returned newest first.
 */
export function listIds(database: Database, queueId: number, type: string, page: Page): string[] {
  if (type === 'repeat') {
    const rows = listSchedulers(database, queueId, page.start, page.end, page.ascending)
    return rows.map((row) => row.id)
  }
  const state = storedState(type)
  const { offset, limit } = windowOf(page.start, page.end, countJobs(database, queueId, state))
  const order = page.ascending ? 'score, position, id' : 'score DESC, position DESC, id DESC'
  const sql = `SELECT id FROM bullmq_job WHERE queue = ? AND state = ?
    ORDER BY ${order} LIMIT ? OFFSET ?`
  const ids = database.all<{ id: string }>(sql, queueId, state, limit, offset).map((row) => row.id)
  const isTurnedAround = page.ascending && (state === 'waiting' || state === 'active')
  return isTurnedAround ? ids.reverse() : ids
}

/** Whether a job is done, with what came of it: -1 gone, 0 not yet, 1 completed, 2 failed. */
export function outcomeOf(
  database: Database,
  queue: { readonly id: number; readonly name: string },
  jobId: string,
): [status: number, value: string] {
  const job = findJob(database, queue, jobId)
  if (!job) return [-1, `Missing key for job ${nodeKey(queue.name, jobId)}. isFinished`]
  if (job.state === 'completed') return [1, job.return_value ?? 'null']
  if (job.state === 'failed') return [2, job.failed_reason ?? '']
  return [0, '']
}
