import type { DependenciesOpts, JobJson, JobState } from 'bullmq'
import { BackendConnection } from './backend-connection.ts'
import {
  type ChildPage,
  childValues,
  countChildren,
  type Dependencies,
  listDependencies,
  pageChildren,
} from './children.ts'
import { readDedupJob } from './dedup-key.ts'
import { countPriorities, countTypes, isInState, listIds, outcomeOf, stateOf } from './getters.ts'
import { findWholeJob, toJobJson } from './job-row.ts'
import { readLog } from './logs.ts'
import { type MetricKind, readMetrics } from './metrics.ts'
import { isMaxed } from './queue-settings.ts'
import { limitedForMs, windowTtl } from './rate-limit.ts'
import {
  countSchedulers,
  listSchedulers,
  readScheduler,
  toSchedulerFields,
} from './scheduler-store.ts'

/** The part of a backend that only reads. */
export class BackendReads extends BackendConnection {
  async getState(jobId: string): Promise<JobState | 'unknown'> {
    return this.look((database, queueId) => stateOf(database, queueId, jobId))
  }

  async isFinished(jobId: string, withValue = false): Promise<number | [number, string]> {
    const name = this.qualifiedName
    const outcome = this.look((database, id) => outcomeOf(database, { id, name }, jobId))
    return withValue ? outcome : outcome[0]
  }

  async isJobInState(state: string, jobId: string): Promise<boolean> {
    return this.look((database, queueId) => isInState(database, queueId, jobId, state))
  }

  async getCounts(types: string[], dueBefore?: number): Promise<number[]> {
    return this.look((database, queueId) => countTypes(database, queueId, types, dueBefore))
  }

  async getCountsPerPriority(priorities: number[]): Promise<number[]> {
    return this.look((database, queueId) => countPriorities(database, queueId, priorities))
  }

  async getRanges(
    types: string[],
    start = 0,
    end = 1,
    ascending = false,
  ): Promise<ReturnType<typeof asRanges>> {
    const page = { start, end, ascending }
    const ids = this.look((database, queueId) =>
      types.map((type) => listIds(database, queueId, type, page)),
    )
    return asRanges(ids)
  }

  async getMetrics(kind: MetricKind, start = 0, end = -1): Promise<[string[], string[], number]> {
    return this.look((database, queueId) => readMetrics(database, queueId, kind, start, end))
  }

  async getJobData(jobId: string): Promise<JobJson | undefined> {
    const row = this.look((database, queueId) => findWholeJob(database, queueId, jobId))
    return row && toJobJson(row)
  }

  async getJobLogs(
    jobId: string,
    start: number,
    end: number,
    ascending: boolean,
  ): Promise<{ logs: string[]; count: number }> {
    const page = { start, end, ascending }
    return this.look((database, queueId) => readLog(database, queueId, jobId, page))
  }

  async getDependencyCounts(jobId: string, types: string[]): Promise<number[]> {
    return this.look((database, queueId) => countChildren(database, { queueId, jobId }, types))
  }

  async getDependencies(jobId: string, options: DependenciesOpts): Promise<Dependencies> {
    return this.look((database, queueId) => listDependencies(database, { queueId, jobId }, options))
  }

  async getProcessedChildrenValues(jobId: string): Promise<Record<string, string>> {
    return this.look((database, queueId) => childValues(database, { queueId, jobId }, 'processed'))
  }

  async getIgnoredChildrenFailures(jobId: string): Promise<Record<string, string>> {
    return this.look((database, queueId) => childValues(database, { queueId, jobId }, 'ignored'))
  }

  /** BullMQ pages through one thing only: the pending or processed children of a job. */
  async paginate(
    key: string,
    { start, end, fetchJobs }: { start: number; end: number; fetchJobs?: boolean },
  ): Promise<ChildPage> {
    const type = key.slice(key.lastIndexOf(':') + 1)
    const jobId = key.slice(this.qualifiedName.length + 1, -type.length - 1)
    const status = type === 'processed' ? 'processed' : 'pending'
    const request = { status, start, end, withJobs: fetchJobs === true } as const
    return this.look((database, queueId) => pageChildren(database, { queueId, jobId }, request))
  }

  async getDeduplicationJobId(id: string): Promise<string | null> {
    const now = this.file.now()
    return this.look((database, queueId) => readDedupJob(database, queueId, id, now))
  }

  async getJobScheduler(id: string): Promise<[string[] | null, string | null]> {
    const row = this.look((database, queueId) => readScheduler(database, queueId, id))
    return row
      ? [Object.entries(toSchedulerFields(row)).flat(), String(row.next_run)]
      : [null, null]
  }

  async getJobSchedulerData(id: string): Promise<Record<string, string>> {
    const row = this.look((database, queueId) => readScheduler(database, queueId, id))
    return row ? toSchedulerFields(row) : {}
  }

  async isJobScheduler(id: string): Promise<boolean> {
    return this.look((database, queueId) => readScheduler(database, queueId, id)) !== undefined
  }

  async getJobSchedulersRange(start: number, end: number, ascending: boolean): Promise<string[]> {
    const rows = this.look((database, queueId) =>
      listSchedulers(database, queueId, start, end, ascending),
    )
    return rows.flatMap((row) => [row.id, String(row.next_run)])
  }

  async getJobSchedulersCount(): Promise<number> {
    return this.look(countSchedulers)
  }

  async getQueueMeta(): Promise<Record<string, string>> {
    this.refuseIfClosed()
    return Object.fromEntries(this.file.readQueue(this.qualifiedName)?.meta ?? [])
  }

  async getQueueMetaFields(fields: string[]): Promise<(string | null)[]> {
    const meta = await this.getQueueMeta()
    return fields.map((field) => meta[field] ?? null)
  }

  async getQueueMetaField(field: string): Promise<string | null> {
    return (await this.getQueueMeta())[field] ?? null
  }

  async hasQueueMetaField(field: string): Promise<boolean> {
    return (await this.getQueueMetaField(field)) !== null
  }

  async isMaxed(): Promise<boolean> {
    this.refuseIfClosed()
    const queue = this.file.readQueue(this.qualifiedName)
    return queue !== undefined && isMaxed(this.file.database, queue)
  }

  async getRateLimitTtl(maxJobs?: number): Promise<number> {
    this.refuseIfClosed()
    const queue = this.file.readQueue(this.qualifiedName)
    if (!queue) return -2
    const now = this.file.now()
    const max = maxJobs || queue.rateLimitMax
    return max === undefined ? windowTtl(queue, now) : limitedForMs(queue, max, now)
  }
}

/** BullMQ types a page of ids as a tuple of one id. */
function asRanges(ids: string[][]): [string][] {
  return ids as [string][]
}
