import type { TraceParent } from '../base/telemetry-port.ts'
import { type AnswerRequest, aheadIdPrefix } from '../store/answer-store.ts'
import type { JobProgress } from './answer-job.ts'
import { type AnswerLane, openAnswerLane } from './answer-lane.ts'
import { cancelAnswer, giveUp } from './end-answer.ts'
import { giveAtOnce } from './give-at-once.ts'
import type { ProcessOptions } from './process-answer.ts'
import type { QueueEngine } from './queue-engine.ts'
import { lowestPriority } from './queue-place.ts'
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
  /**
   * Answers are also made ahead, which nobody waits for. They have a lane of their own, a quarter as wide,
   * so that they never hold a place that somebody waits for. Default false.
   */
  readonly ahead?: boolean
}

const defaultGraceMs = 10_000

export async function startAnswerJobs(options: AnswerJobsOptions): Promise<AnswerJobs> {
  const { answers, telemetry, concurrency } = options
  const asked = await openAnswerLane({ ...options, queueName: 'holdfast-answers' })
  const ahead = options.ahead
    ? await openAnswerLane({
        ...options,
        queueName: 'holdfast-ahead',
        concurrency: Math.ceil(concurrency / 4),
      })
    : undefined
  const lanes = ahead ? [asked, ahead] : [asked]
  const laneOf = (answerId: string) => (answerId.startsWith(aheadIdPrefix) && ahead ? ahead : asked)
  const closing = new AbortController()
  const mended = mend(lanes, laneOf, options, closing.signal).catch((error: unknown) =>
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
        const { queue } = laneOf(record.id)
        if (atOnce) await giveAtOnce(record, queue, options)
        else await queue.add(record, { clock })
      }
      return { answerId: record.id, created }
    },
    async cancel(answerId) {
      const { worker } = laneOf(answerId)
      return worker ? worker.cancel(answerId) : cancelAnswer(answerId, options)
    },
    retry: (answerId) => retryAnswer(answerId, laneOf(answerId).queue, options),
    progress: (answerId) => laneOf(answerId).queue.progress(answerId),
    async counts() {
      const sums: Record<string, number> = {}
      for (const counts of await Promise.all(lanes.map(({ queue }) => queue.counts()))) {
        for (const [state, count] of Object.entries(counts)) {
          sums[state] = (sums[state] ?? 0) + count
        }
      }
      return sums
    },
    async close(graceMs = defaultGraceMs) {
      closing.abort()
      await mended
      await Promise.all(lanes.map((lane) => lane.close(graceMs)))
    },
  }
}

/**
 * What a crash may have left, beside the work: answers that were accepted, or are to be tried again, and
 * have no job; and jobs that were given up whose answers have not been told. Where nothing is amiss,
 * nothing is done.
 */
async function mend(
  lanes: readonly AnswerLane[],
  laneOf: (answerId: string) => AnswerLane,
  options: AnswerJobsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { answers } = options
  for (const record of await answers.list({ state: 'waiting', ahead: true, limit: 10_000 })) {
    if (signal.aborted) return
    const { queue } = laneOf(record.id)
    if (record.run === 0) await queue.add(record, {})
    else if (!(await queue.isActive(record.id))) await queueAgain(record, queue, options)
  }
  for (const { queue } of lanes) {
    for (const { answerId, reason } of await queue.listGivenUp(1_000)) {
      if (signal.aborted) return
      await giveUp(answerId, reason, options)
    }
  }
}
