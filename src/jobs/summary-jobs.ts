/**
 * Summaries as jobs, on a queue of their own: no answer waits behind one. A job is worth a call to a
 * model and nothing else: what it is made from and what comes of it are in the store, so it may be lost,
 * repeated or handed to another process. It is gone from the queue when it has ended, however it ended.
 */
import type { Telemetry } from '../base/telemetry-port.ts'
import type { SummaryQueue, SummaryTask } from '../pipeline/summary-task.ts'
import type { QueueEngine } from './queue-engine.ts'
import type { SummaryJob } from './summary-queue.ts'

const queueName = 'holdfast-summaries'

/** Three tries within a minute; what fails then is planned again with the next message. */
const attempts = 3
const jobOptions = {
  attempts,
  backoff: { type: 'exponential', delay: 5_000, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: true,
} as const

/** A summary takes seconds; one whose worker died is taken up by another within fifteen. */
const workerOptions = {
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 5,
  drainDelay: 5,
} as const

/** Summaries that a process makes at the same time, beside its answers. */
const concurrency = 2

export interface SummaryJobsOptions {
  readonly engine: QueueEngine
  readonly telemetry: Telemetry
}

export interface SummaryJobs extends SummaryQueue {
  close(): Promise<void>
}

/** Opens the queue for adding; `startSummaryWorker` works on it, in this process or another. */
export async function openSummaryJobs({
  engine,
  telemetry,
}: SummaryJobsOptions): Promise<SummaryJobs> {
  const queue = engine.createSummaryQueue(queueName)
  queue.on('error', (error) =>
    telemetry.log('error', 'The queue of summaries reports an error.', {}, error),
  )
  await queue.waitUntilReady()
  return {
    async add(task) {
      const { pipeline, conversationId, fromSeq } = task
      // While a job of the same beginning waits or is at work, another is not added.
      const deduplication = { id: `${pipeline}/${fromSeq}/${conversationId}` }
      await queue.add('summary', task, { ...jobOptions, deduplication })
    },
    close: () => queue.close(),
  }
}

export interface SummaryWorkerOptions extends SummaryJobsOptions {
  /**
   * Makes one summary; what it throws is tried again. At the last try it does with what it has.
   */
  summarise(task: SummaryTask, signal: AbortSignal | undefined, isLast: boolean): Promise<void>
}

export interface SummaryWorker {
  /** Stops what is at work, which is done again by whoever comes next. */
  close(): Promise<void>
}

export function startSummaryWorker(options: SummaryWorkerOptions): SummaryWorker {
  const { engine, telemetry, summarise } = options
  const worker = engine.createSummaryWorker(
    queueName,
    (job, _token, signal) => summarise(job.data, signal, isLastTry(job)),
    { ...workerOptions, concurrency },
  )
  worker.on('error', (error) =>
    telemetry.log('error', 'The worker of summaries reports an error.', {}, error),
  )
  worker.on('failed', (job, error) => {
    const { pipeline, fromSeq, toSeq } = job?.data ?? {}
    const fields = { pipeline, fromSeq, toSeq, attempt: job?.attemptsMade }
    telemetry.log('warn', 'A summary was not made.', fields, error)
  })
  return {
    async close() {
      worker.cancelAllJobs('shutdown')
      await worker.close()
    },
  }
}

const isLastTry = (job: SummaryJob) => job.attemptsMade + 1 >= attempts
