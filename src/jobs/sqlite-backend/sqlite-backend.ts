import type {
  IQueueBackend,
  JobJson,
  KeepJobs,
  MoveToDelayedOpts,
  ParentKeyOpts,
  RetryJobOpts,
  WorkerOptions,
} from 'bullmq'
import { addFlow, type FlowEntries, type FlowResults } from './add-flow.ts'
import { addJob } from './add-job.ts'
import type { ConnectionOptions } from './backend-connection.ts'
import { BackendJobChanges, type GivenJob, idOf } from './backend-job-changes.ts'
import { postponeJob } from './delay-job.ts'
import { finishJob, type Outcome, takeAfter } from './finish-job.ts'
import { extendLock } from './lock.ts'
import { keepOf } from './retention.ts'
import { putBack, retryJob } from './retry-job.ts'
import { recoverStalledJobs } from './stalled.ts'
import { type NextJob, type Taker, takeJob, toNextJob } from './take-job.ts'
import { moveToWaitingChildren } from './wait-for-children.ts'

/** The options of a worker that decide about its jobs; a Queue has none of them. */
export type WorkerSettings = Partial<
  Pick<
    WorkerOptions,
    | 'name'
    | 'lockDuration'
    | 'limiter'
    | 'maxStalledCount'
    | 'stalledInterval'
    | 'removeOnComplete'
    | 'removeOnFail'
    | 'metrics'
  >
>

/** BullMQ's own defaults for a worker, for operations called without one. */
const defaultLockDurationMs = 30_000
const defaultStalledIntervalMs = 30_000
const defaultMaxStalledCount = 1

/**
 * A worker that cannot take a job tries again at once. When the disk is full or the file locked, that
 * must not become a busy loop.
 */
const restAfterFailureMs = 1_000

/** What came of finishing: the next job if one was taken along, and when it was. */
type Finished = Promise<{ result: NextJob | []; finishedOn: number }>

/**
 * BullMQ's queue backend over one SQLite file.
 *
 * Each method is one transaction or one consistent read, and what it does stands in the module of that
 * name. The class is laid in parts, each upon the one before: connection, reads, administration, changes
 * of a job, and here what producers and workers do.
 */
export class SqliteQueueBackend extends BackendJobChanges implements IQueueBackend {
  readonly #options: ConnectionOptions
  readonly #worker: WorkerSettings

  constructor(options: ConnectionOptions, worker: WorkerSettings) {
    super(options)
    this.#options = options
    this.#worker = worker
  }

  forQueue(queueName: string, prefix = this.#options.prefix): SqliteQueueBackend {
    const { file } = this.#options
    return new SqliteQueueBackend({ file, queueName, prefix, ownsFile: false }, this.#worker)
  }

  async addJob(job: JobJson, jobId: string, parent?: ParentKeyOpts): Promise<string> {
    return this.change((tx, queue) => addJob(tx, queue, job, jobId, parent))
  }

  async addJobs(entries: Parameters<IQueueBackend['addJobs']>[0]): Promise<string[]> {
    return this.change((tx, queue) =>
      entries.map(({ job, jobId, parentKeyOpts }) => addJob(tx, queue, job, jobId, parentKeyOpts)),
    )
  }

  async addFlow(entries: FlowEntries): Promise<FlowResults> {
    this.refuseIfClosed()
    return this.file.transact((tx) => addFlow(tx, entries))
  }

  async moveToActive(token: string, name?: string): Promise<NextJob> {
    const taker = this.#taker(token, name)
    try {
      return await this.change((tx, queue) => toNextJob(takeJob(tx, queue, taker)))
    } catch (error) {
      if (!this.closing) await this.rest(restAfterFailureMs)
      throw error
    }
  }

  async moveToCompleted(
    job: GivenJob,
    returnValue: unknown,
    removeOnComplete: boolean | number | KeepJobs,
    token: string,
    fetchNext: boolean,
  ): Finished {
    const outcome = {
      ...this.#outcome(job, token),
      state: 'completed',
      value: JSON.stringify(returnValue) ?? 'null',
      keep: keepOf(removeOnComplete, this.#worker.removeOnComplete),
    } as const
    return this.#finish(outcome, fetchNext)
  }

  async moveToFailed(
    job: GivenJob,
    failedReason: string,
    removeOnFail: boolean | number | KeepJobs,
    token: string,
    fetchNext: boolean,
    failureFields?: Readonly<Record<string, unknown>>,
  ): Finished {
    const outcome = {
      ...this.#outcome(job, token),
      state: 'failed',
      value: failedReason ?? 'null',
      keep: keepOf(removeOnFail, this.#worker.removeOnFail),
      failureFields,
    } as const
    return this.#finish(outcome, fetchNext)
  }

  async moveToDelayed(
    jobId: string,
    timestamp: number,
    delay: number,
    token = '0',
    options: MoveToDelayedOpts = {},
  ): Promise<NextJob | []> {
    const postponement = {
      jobId,
      token,
      timestamp,
      delay,
      countsAttempt: !options.skipAttempt,
      failureFields: options.fieldsToUpdate,
    }
    const taker = options.fetchNext && !this.closing ? this.#taker(token) : undefined
    return this.change((tx, queue) => {
      postponeJob(tx, queue, postponement)
      const taken = taker && takeJob(tx, queue, taker)
      return taken?.kind === 'job' ? toNextJob(taken) : []
    })
  }

  async retryJob(
    jobId: string,
    lifo: boolean,
    token = '0',
    options: RetryJobOpts = {},
  ): Promise<void> {
    const failureFields = options.fieldsToUpdate
    await this.change((tx, queue) => retryJob(tx, queue, { jobId, token, lifo, failureFields }))
  }

  async moveJobFromActiveToWait(jobId: string, token = '0'): Promise<number> {
    return this.change((tx, queue) => putBack(tx, queue, jobId, token))
  }

  async moveToWaitingChildren(
    jobId: string,
    token: string,
    options?: Parameters<IQueueBackend['moveToWaitingChildren']>[2],
  ): Promise<boolean> {
    return this.change((tx, queue) =>
      moveToWaitingChildren(tx, queue, { jobId, token, child: options?.child }),
    )
  }

  async moveStalledJobsToWait(): Promise<string[]> {
    const { maxStalledCount, stalledInterval } = this.#worker
    const check = {
      maxStalledCount: maxStalledCount ?? defaultMaxStalledCount,
      intervalMs: stalledInterval ?? defaultStalledIntervalMs,
    }
    return this.change((tx, queue) => recoverStalledJobs(tx, queue, check))
  }

  async extendLock(jobId: string, token: string, durationMs: number): Promise<number> {
    return this.change((tx, queue) => (extendLock(tx, queue, jobId, token, durationMs) ? 1 : 0))
  }

  async extendLocks(jobIds: string[], tokens: string[], durationMs: number): Promise<string[]> {
    return this.change((tx, queue) =>
      jobIds.filter((jobId, n) => !extendLock(tx, queue, jobId, tokens[n] ?? '', durationMs)),
    )
  }

  #taker(token: string, workerName = this.#worker.name): Taker {
    const { lockDuration, limiter } = this.#worker
    const lockDurationMs = lockDuration ?? defaultLockDurationMs
    return { token, workerName, lockDurationMs, limiter }
  }

  #outcome(job: GivenJob, token: string) {
    return {
      jobId: idOf(job),
      token,
      maxAttempts: job.opts.attempts,
      maxMetricPoints: this.#worker.metrics?.maxDataPoints,
    }
  }

  async #finish(outcome: Outcome, fetchNext: boolean): Finished {
    const taker = fetchNext && !this.closing ? this.#taker(outcome.token) : undefined
    return this.change((tx, queue) => {
      finishJob(tx, queue, outcome)
      return { result: takeAfter(tx, queue, taker), finishedOn: tx.now }
    })
  }
}
