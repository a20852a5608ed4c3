import { DelayedError } from 'bullmq'
import type { AnswerJob } from './answer-job.ts'
import { cancelAnswer, giveUp } from './end-answer.ts'
import { createPauses } from './pauses.ts'
import { type ProcessOptions, processAnswer } from './process-answer.ts'
import type { JobWorker, QueuedJob, QueueEngine } from './queue-engine.ts'
import type { Renumbering } from './renumbering.ts'

export interface AnswerWorkerOptions extends ProcessOptions {
  readonly engine: QueueEngine
  readonly queueName: string
  /** Answers made at the same time. */
  readonly concurrency: number
  readonly renumbering: Renumbering
}

/** Makes answers in this process. */
export interface AnswerWorker {
  /** Stops the run of an answer here, where this process has it; tells whether the answer had not ended. */
  cancel(answerId: string): Promise<boolean>
  /**
   * Takes no more jobs and waits for those at work, at most `graceMs`. What is left is stopped and handed
   * back to the queue, which costs it no attempt.
   */
  close(graceMs: number): Promise<void>
}

/**
 * Interactive work: a dead worker is noticed within seconds instead of BullMQ's 30, and a deploy that
 * kills a worker twice does not fail the job (its default fails at the second).
 */
const workerOptions = {
  lockDuration: 3_000,
  stalledInterval: 1_000,
  maxStalledCount: 20,
  drainDelay: 5,
} as const

/** The longest time for handing back; a job that is not back by then is when its lock runs out. */
const handBackMs = 2_000

export function startAnswerWorker(options: AnswerWorkerOptions): AnswerWorker {
  const { engine, telemetry, queueName, concurrency } = options
  const pauses = createPauses(options.clock)
  const process = async (job: QueuedJob, token?: string, signal?: AbortSignal) => {
    await noteBegun(job.data, options)
    const report = (progress: object) => reportProgress(job, progress, options)
    const putOff = await processAnswer({ data: job.data, signal, report }, pauses, options)
    if (!putOff) return
    // To BullMQ this is no failure: no attempt is counted.
    await job.moveToDelayed(putOff.untilMs, token)
    throw new DelayedError()
  }
  const worker = engine.createWorker(queueName, process, { ...workerOptions, concurrency })
  worker.on('error', (error) => telemetry.log('error', 'The worker reports an error.', {}, error))
  worker.on('failed', (job, error) => {
    if (job) noteFailure(job, error, options)
  })
  return {
    async cancel(answerId) {
      const cancelled = await cancelAnswer(answerId, options)
      if (cancelled) worker.cancelJob(answerId, 'cancelled')
      return cancelled
    },
    close: (graceMs) => close(worker, graceMs, options),
  }
}

async function noteBegun(
  { place }: AnswerJob,
  { renumbering, telemetry }: AnswerWorkerOptions,
): Promise<void> {
  if (!place) return
  try {
    await renumbering.begun(place)
  } catch (error) {
    // Some answers wait a little longer or shorter than is fair, and none is lost by it.
    telemetry.log('error', 'The waiting jobs could not be numbered anew.', {}, error)
  }
}

async function reportProgress(
  job: QueuedJob,
  progress: object,
  { telemetry }: AnswerWorkerOptions,
): Promise<void> {
  try {
    await job.updateProgress(progress)
  } catch (error) {
    const { answerId } = job.data
    telemetry.log('warn', 'The progress of a job could not be told.', { answerId }, error)
  }
}

function noteFailure(job: QueuedJob, error: Error, options: AnswerWorkerOptions): void {
  const { telemetry } = options
  const { answerId } = job.data
  telemetry.log('error', 'A job failed.', { answerId, attempt: job.attemptsMade }, error)
  if (job.finishedOn === undefined) return
  giveUp(answerId, error, options).catch((cause: unknown) =>
    telemetry.log('error', 'A failed answer could not be ended.', { answerId }, cause),
  )
}

async function close(
  worker: JobWorker,
  graceMs: number,
  { clock, telemetry }: AnswerWorkerOptions,
): Promise<void> {
  const closed = worker.close()
  const within = async (timeMs: number): Promise<boolean> => {
    const { promise, resolve } = Promise.withResolvers<false>()
    const cancelTimer = clock.setTimer(timeMs, () => resolve(false))
    const isClosed = await Promise.race([closed.then(() => true), promise])
    cancelTimer()
    return isClosed
  }
  if (await within(graceMs)) return
  telemetry.log('warn', 'The worker is stopped with jobs at work; they are handed back.', {
    graceMs,
  })
  worker.cancelAllJobs('shutdown')
  if (await within(handBackMs)) return
  telemetry.log('error', 'Jobs were not handed back in time; others take them up in seconds.', {
    handBackMs,
  })
}
