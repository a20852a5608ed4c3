import type { KeepJobs } from 'bullmq'
import { countJobs, type JobHead } from './job-row.ts'
import { deleteJob } from './job-store.ts'
import { findParentOf } from './parent-link.ts'
import { detachFromParent } from './parent-release.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'

/** Which finished jobs stay: at most `count`, none older than `ageSeconds`; unset means no bound. */
export interface Keep {
  readonly count: number | undefined
  readonly ageSeconds: number | undefined
  /** How many aged jobs go at most per finished job. */
  readonly limit: number
}

/** BullMQ's default for `limit`: keeps the transition short when a backlog has aged at once. */
const defaultLimit = 1_000

/** Reads `removeOnComplete` or `removeOnFail`: the job's own option, else the worker's. */
export function keepOf(
  jobOption: boolean | number | KeepJobs | undefined,
  workerOption: KeepJobs | undefined,
): Keep {
  const option = jobOption ?? workerOption ?? false
  if (typeof option === 'object') {
    return {
      count: option.count,
      ageSeconds: 'age' in option ? option.age : undefined,
      limit: ('limit' in option ? option.limit : undefined) ?? defaultLimit,
    }
  }
  const count = typeof option === 'number' ? option : option ? 0 : undefined
  return { count, ageSeconds: undefined, limit: defaultLimit }
}

/** Removes finished jobs of that state which the rule does not keep. */
export function applyRetention(
  tx: Transaction,
  queue: QueueState,
  state: 'completed' | 'failed',
  keep: Keep,
): void {
  if (keep.ageSeconds !== undefined) {
    const until = tx.now - keep.ageSeconds * 1_000
    removeOldest(tx, queue, state, until, keep.limit)
  }
  if (keep.count !== undefined && keep.count > 0) {
    const surplus = countJobs(tx.database, queue.id, state) - keep.count
    if (surplus > 0) removeOldest(tx, queue, state, Number.MAX_SAFE_INTEGER, surplus)
  }
}

function removeOldest(
  tx: Transaction,
  queue: QueueState,
  state: string,
  finishedUntil: number,
  limit: number,
): void {
  const sql = `SELECT * FROM bullmq_job WHERE queue = ? AND state = ? AND score <= ?
    ORDER BY score, position, id LIMIT ?`
  const old = tx.database.all<JobHead>(sql, queue.id, state, finishedUntil, limit)
  for (const job of old) {
    detachFromParent(tx, job, findParentOf(tx, job))
    deleteJob(tx, job.seq)
  }
}
