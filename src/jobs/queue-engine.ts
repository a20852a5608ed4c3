import { isAbsolute, resolve } from 'node:path'
import {
  type BackendFactory,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  type Job,
  type JobsOptions,
  type Processor,
  type WorkerOptions,
  withBackend,
} from 'bullmq'
import { connectionAddress } from '../base/connection-address.ts'
import { HoldfastError, invalidConfig } from '../base/errors.ts'
import type { SummaryTask } from '../pipeline/summary-task.ts'
import type { AnswerJob } from './answer-job.ts'
import { checkPostgres } from './check-postgres.ts'
import { checkRedis } from './check-redis.ts'
import { createSqliteBackend, isSqliteBackendError } from './sqlite-backend/index.ts'
import type { SummaryJobQueue, SummaryJobWorker } from './summary-queue.ts'

/**
 * BullMQ on one of its backends, chosen by one connection string. Above this file nobody knows which:
 * the queue, the worker and their options are the same.
 */
export interface QueueEngine {
  readonly kind: 'sqlite' | 'redis' | 'postgres'
  /** What the engine runs on, without credentials, for messages and logs. */
  readonly location: string
  createQueue(name: string): JobQueue
  createWorker(
    name: string,
    processor: Processor<AnswerJob, void>,
    options: JobWorkerOptions,
  ): JobWorker
  createSummaryQueue(name: string): SummaryJobQueue
  createSummaryWorker(
    name: string,
    processor: Processor<SummaryTask, void>,
    options: JobWorkerOptions,
  ): SummaryJobWorker
  /** A queue whose jobs a rule makes, and a worker of this process on it, one job at a time. */
  createTimetable(name: string, work: () => Promise<void>): Timetable
  /**
   * Checks at start that the backend can be reached and would not lose jobs; resolves with what is
   * worth a loud word.
   *
   * @throws QUEUE_UNAVAILABLE
   */
  check(): Promise<readonly string[]>
}

export type QueuedJob = Job<AnswerJob, void>

export type JobWorkerOptions = Omit<WorkerOptions, 'connection'>

/** The part of BullMQ's queue that is used, which does not depend on its backend. */
export interface JobQueue {
  add(name: string, data: AnswerJob, options: JobsOptions): Promise<unknown>
  remove(jobId: string): Promise<unknown>
  getJob(jobId: string): Promise<QueuedJob | undefined>
  getJobState(jobId: string): Promise<string>
  getPrioritized(): Promise<QueuedJob[]>
  getDelayed(): Promise<QueuedJob[]>
  getFailed(start: number, end: number): Promise<QueuedJob[]>
  getJobCounts(): Promise<Record<string, number>>
  waitUntilReady(): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): unknown
  close(): Promise<void>
}

export interface Timetable {
  readonly queue: {
    waitUntilReady(): Promise<unknown>
    /** Sets up, or changes, what makes a job at each time of a rule, once for all processes. */
    upsertJobScheduler(
      id: string,
      rule: { readonly pattern: string; readonly tz: string },
      template: { readonly opts: JobsOptions },
    ): Promise<unknown>
    on(event: 'error', listener: (error: Error) => void): unknown
    close(): Promise<void>
  }
  /** Takes nothing before `run`. */
  readonly worker: {
    run(): Promise<void>
    on(event: 'error', listener: (error: Error) => void): unknown
    on(event: 'failed', listener: (job: unknown, error: Error) => void): unknown
    close(): Promise<void>
  }
}

/** The part of BullMQ's worker that is used, which does not depend on its backend. */
export interface JobWorker {
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'failed', listener: (job: QueuedJob | undefined, error: Error) => void): unknown
  cancelJob(jobId: string, reason?: string): boolean
  cancelAllJobs(reason?: string): void
  close(force?: boolean): Promise<void>
}

/**
 * @param connection `sqlite:<file>` (a path, resolved against the working directory), `redis://…`,
 * `rediss://…` or `postgres://…`.
 */
export function createQueueEngine(connection: string): QueueEngine {
  const scheme = connection.slice(0, connection.indexOf(':'))
  switch (scheme) {
    case 'sqlite': {
      const file = connection.slice('sqlite:'.length)
      const path = isAbsolute(file) ? file : resolve(file)
      return bind('sqlite', path, createSqliteBackend({ path }), {}, async () => [])
    }
    case 'redis':
    case 'rediss': {
      const location = connectionAddress(connection)
      // A producer fails fast instead of queueing commands in memory while Redis is away.
      const options = { url: connection, maxRetriesPerRequest: null }
      return bind('redis', location, createRedisBackend, options, () => checkRedis(connection))
    }
    case 'postgres':
    case 'postgresql': {
      const location = connectionAddress(connection)
      const options = { connectionString: connection }
      return bind('postgres', location, createPostgresBackend, options, async () => {
        await checkPostgres(connection)
        return []
      })
    }
    default:
      throw invalidConfig(
        'queue',
        connectionAddress(connection),
        'sqlite:<file>, redis://host:port or postgres://host/database',
      )
  }
}

function bind<Connection>(
  kind: QueueEngine['kind'],
  location: string,
  factory: BackendFactory<IQueueBackend, Connection>,
  connection: Connection,
  check: QueueEngine['check'],
): QueueEngine {
  const backend = withBackend(factory)
  return {
    kind,
    location,
    check,
    createQueue: (name) =>
      available(location, () => new backend.Queue<AnswerJob, void>(name, { connection })),
    createWorker: (name, processor, options) =>
      new backend.Worker<AnswerJob, void>(name, processor, { ...options, connection }),
    createSummaryQueue: (name) =>
      available(location, () => new backend.Queue<SummaryTask, void>(name, { connection })),
    createSummaryWorker: (name, processor, options) =>
      new backend.Worker<SummaryTask, void>(name, processor, { ...options, connection }),
    createTimetable: (name, work) => ({
      queue: new backend.Queue<object, void>(name, { connection }),
      worker: new backend.Worker<object, void>(name, work, { connection, autorun: false }),
    }),
  }
}

function available<Queue>(location: string, create: () => Queue): Queue {
  try {
    return create()
  } catch (error) {
    if (!isSqliteBackendError(error)) throw error
    throw new HoldfastError('QUEUE_UNAVAILABLE', error.message, { location }, { cause: error })
  }
}
