import type { TraceParent } from '../base/telemetry-port.ts'
import type { AnswerRequest } from '../store/answer-store.ts'
import type { JobProgress } from './answer-job.ts'
import { type AnswerQueue, createAnswerQueue } from './answer-queue.ts'
import { startAnswerWorker } from './answer-worker.ts'
import { cancelAnswer, giveUp } from './end-answer.ts'
import { giveAtOnce } from './give-at-once.ts'
import type { ProcessOptions } from './process-answer.ts'
import type { QueueEngine } from './queue-engine.ts'
import { lowestPriority } from './queue-place.ts'
import { createRenumbering } from './renumbering.ts'
import { queueAgain, type RetryOptions, retryAnswer } from './retry-answer.ts'

/** The queue of answers and, where this process works, the worker on it. */
export interface AnswerJobs {
  /** Accepts an answer, durably. A known idempotency key accepts nothing new. */
  enqueue(
    request: AnswerRequest,
    options: EnqueueJobOptions,
  ): Promise<{ readonly answerId: string; readonly created: boolean }>
  /** Stops an answer that has not ended: in the queue, or at the provider. Tells whether it did. */
  cancel(answerId: string): Promise<boolean>
  /**
   * Lets a failed answer be made again, from its input and checkpoints, with its whole deadline. Tells
   * whether it does: what has not failed stays as it is. NOT_FOUND if unknown.
   */
  retry(answerId: string): Promise<boolean>
  /** How far the job of an answer has come, as its worker told it last. */
  progress(answerId: string): Promise<JobProgress | undefined>
  /** Jobs by state, for the status page. */
  counts(): Promise<Readonly<Record<string, number>>>
  /**
   * Takes no more jobs and waits for those at work, at most `graceMs` (default 10,000); what is left is
   * handed back within two seconds more.
   */
  close(graceMs?: number): Promise<void>
}

export interface EnqueueJobOptions {
  readonly traceParent?: TraceParent
  /** The answer is there already, made ahead: this process gives it, without waiting for a worker. */
  readonly atOnce?: boolean
}

export interface AnswerJobsOptions extends ProcessOptions, RetryOptions {
  readonly engine: QueueEngine
  /** Answers made at the same time by this process; 0: this process only enqueues. */
  readonly concurrency: number
}

const queueName = 'holdfast-answers'
const defaultGraceMs = 10_000

export async function startAnswerJobs(options: AnswerJobsOptions): Promise<AnswerJobs> {
  const { engine, answers, telemetry, concurrency } = options
  const bullQueue = engine.createQueue(queueName)
  bullQueue.on('error', (error) => telemetry.log('error', 'The queue reports an error.', {}, error))
  await bullQueue.waitUntilReady()
  const queue = createAnswerQueue(bullQueue)
  const renumbering = createRenumbering(bullQueue, telemetry)
  const worker =
    concurrency > 0 ? startAnswerWorker({ ...options, queueName, renumbering }) : undefined
  const closing = new AbortController()
  const mended = mend(queue, options, closing.signal).catch((error: unknown) =>
    telemetry.log('error', 'What a crash may have left could not be taken up.', {}, error),
  )
  return {
    async enqueue(request, { traceParent, atOnce = false }) {
      const { record, created, clock } = await answers.create({
        ...request,
        priority: Math.min(request.priority ?? 0, lowestPriority),
        ...(traceParent && { traceParent }),
      })
      // Also when the answer is known: a crash may have come between its record and its job.
      if (record.state === 'waiting') {
        if (atOnce) await giveAtOnce(record, queue, options)
        else await queue.add(record, { clock })
      }
      return { answerId: record.id, created }
    },
    cancel: (answerId) => (worker ? worker.cancel(answerId) : cancelAnswer(answerId, options)),
    retry: (answerId) => retryAnswer(answerId, queue, options),
    progress: queue.progress,
    counts: queue.counts,
    async close(graceMs = defaultGraceMs) {
      closing.abort()
      await worker?.close(graceMs)
      await mended
      await bullQueue.close()
    },
  }
}

/**
 * What a crash may have left, beside the work: answers that were accepted, or are to be tried again, and
 * have no job; and jobs that were given up whose answers have not been told. Where nothing is amiss,
 * nothing is done.
 */
async function mend(
  queue: AnswerQueue,
  options: AnswerJobsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { answers } = options
  for (const record of await answers.list({ state: 'waiting', ahead: true, limit: 10_000 })) {
    if (signal.aborted) return
    if (record.run === 0) await queue.add(record, {})
    else if (!(await queue.isActive(record.id))) await queueAgain(record, queue, options)
  }
  for (const { answerId, reason } of await queue.listGivenUp(1_000)) {
    if (signal.aborted) return
    await giveUp(answerId, reason, options)
  }
}
