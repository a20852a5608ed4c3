import type { Clock } from '../base/clock.ts'
import type { Telemetry, TraceParent } from '../base/telemetry-port.ts'
import type { AnswerRecord, AnswerRequest, AnswerStore } from '../store/answer-store.ts'
import type { AnswerJob } from './answer-job.ts'
import { cancelAnswer, giveUp, type ProcessOptions, processAnswer } from './process-answer.ts'
import type { JobQueue, JobWorker, QueueEngine } from './queue-engine.ts'

/** The queue of answers and, where this process works, the worker on it. */
export interface AnswerJobs {
  /** Accepts an answer, durably. A known idempotency key accepts nothing new. */
  enqueue(
    request: AnswerRequest,
    options: EnqueueJobOptions,
  ): Promise<{ readonly answerId: string; readonly created: boolean }>
  /** Stops an answer that has not ended: in the queue, or at the provider. Tells whether it did. */
  cancel(answerId: string): Promise<boolean>
  /** Jobs by state, for the status page. */
  counts(): Promise<Readonly<Record<string, number>>>
  /** Takes no more jobs and waits for those at work, at most `graceMs`; what is left is handed back. */
  close(graceMs?: number): Promise<void>
}

export interface EnqueueJobOptions {
  readonly priority?: number
  readonly traceParent?: TraceParent
  /** The answer is there already, made ahead: this process gives it, without waiting for a worker. */
  readonly atOnce?: boolean
}

export interface AnswerJobsOptions extends ProcessOptions {
  readonly engine: QueueEngine
  readonly answers: AnswerStore
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Answers made at the same time by this process; 0: this process only enqueues. */
  readonly concurrency: number
}

const queueName = 'holdfast-answers'

/**
 * Interactive work: a dead worker is noticed within seconds instead of BullMQ's 30, and a deploy that
 * kills a worker twice does not fail the job (its default fails at the second).
 */
const workerOptions = {
  lockDuration: 4_000,
  stalledInterval: 2_000,
  maxStalledCount: 20,
  drainDelay: 5,
} as const

const jobOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
  removeOnComplete: { age: 3_600, count: 10_000 },
  removeOnFail: { age: 7 * 24 * 3_600, count: 10_000 },
} as const

export async function startAnswerJobs(options: AnswerJobsOptions): Promise<AnswerJobs> {
  const { engine, answers, telemetry } = options
  const queue = engine.createQueue(queueName)
  queue.on('error', (error) => telemetry.log('error', 'The queue reports an error.', {}, error))
  await queue.waitUntilReady()
  const worker = options.concurrency > 0 ? startWorker(options) : undefined
  await requeueAccepted(queue, answers)
  return {
    async enqueue(request, { priority, traceParent, atOnce = false }) {
      const accepted = { ...request, ...(traceParent && { traceParent }) }
      const { record, created } = await answers.create(accepted)
      // Also when the answer is known: a crash may have come between its record and its job. A job id
      // that is there already makes this a no-op.
      if (record.state === 'waiting') {
        if (atOnce) await giveAtOnce(queue, jobOf(record), options)
        else await addJob(queue, jobOf(record), { priority })
      }
      return { answerId: record.id, created }
    },
    async cancel(answerId) {
      const cancelled = await cancelAnswer(answerId, options)
      if (cancelled) worker?.cancelJob(answerId, 'cancelled')
      return cancelled
    },
    counts: () => queue.getJobCounts(),
    async close(graceMs = 10_000) {
      if (worker) await closeWorker(worker, graceMs, options)
      await queue.close()
    },
  }
}

function jobOf({ id, traceParent }: AnswerRecord): AnswerJob {
  return { answerId: id, ...(traceParent && { traceParent }) }
}

async function addJob(
  queue: JobQueue,
  data: AnswerJob,
  { priority, delayMs }: { readonly priority?: number | undefined; readonly delayMs?: number } = {},
): Promise<void> {
  await queue.add('answer', data, {
    ...jobOptions,
    jobId: data.answerId,
    ...(priority !== undefined && { priority }),
    ...(delayMs !== undefined && { delay: delayMs }),
  })
}

/** Far longer than it takes to give an answer that is there, and soon enough where its process died. */
const atOnceWithinMs = 5_000

/** Its job waits meanwhile, and makes the answer if this process does not get to it. */
async function giveAtOnce(
  queue: JobQueue,
  job: AnswerJob,
  options: AnswerJobsOptions,
): Promise<void> {
  await addJob(queue, job, { delayMs: atOnceWithinMs })
  try {
    await processAnswer(job, undefined, options)
    await queue.remove(job.answerId)
  } catch (error) {
    const { answerId } = job
    options.telemetry.log('warn', 'A worker gives the answer made ahead.', { answerId }, error)
  }
}

function startWorker(options: AnswerJobsOptions): JobWorker {
  const { engine, telemetry } = options
  const worker = engine.createWorker(
    queueName,
    (job, _token, signal) => processAnswer(job.data, signal, options),
    { ...workerOptions, concurrency: options.concurrency },
  )
  worker.on('error', (error) => telemetry.log('error', 'The worker reports an error.', {}, error))
  worker.on('failed', (job, error) => {
    if (!job) return
    const { answerId } = job.data
    telemetry.log('error', 'A job failed.', { answerId, attempt: job.attemptsMade }, error)
    if (job.finishedOn === undefined) return
    giveUp(answerId, error, options).catch((cause: unknown) =>
      telemetry.log('error', 'A failed answer could not be ended.', { answerId }, cause),
    )
  })
  return worker
}

/** Answers that were accepted when a process died between the record and the job. */
async function requeueAccepted(queue: JobQueue, answers: AnswerStore): Promise<void> {
  for (const record of await answers.list({ state: 'waiting', ahead: true, limit: 10_000 })) {
    await addJob(queue, jobOf(record))
  }
}

/** After the grace the runs are stopped; their jobs go back to the queue when their locks run out. */
async function closeWorker(
  worker: JobWorker,
  graceMs: number,
  { clock, telemetry }: AnswerJobsOptions,
): Promise<void> {
  let cancelTimer = () => {}
  const graceOver = new Promise<'late'>((resolve) => {
    cancelTimer = clock.setTimer(graceMs, () => resolve('late'))
  })
  const closed = worker.close()
  const outcome = await Promise.race([closed, graceOver])
  cancelTimer()
  if (outcome !== 'late') return
  telemetry.log('warn', 'The worker is stopped with jobs at work; they are handed back.', {
    graceMs,
  })
  worker.cancelAllJobs('shutdown')
  await worker.close(true)
}
