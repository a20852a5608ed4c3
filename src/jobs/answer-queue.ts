import type { AnswerRecord } from '../store/answer-store.ts'
import type { AnswerJob, JobProgress } from './answer-job.ts'
import type { JobQueue } from './queue-engine.ts'
import { baseOf, queuePriority } from './queue-place.ts'

/** The jobs of answers on BullMQ. A job has the id of its answer, so that it is there once. */
export interface AnswerQueue {
  /** Does nothing where the answer has a job already. */
  add(record: AnswerRecord, options: AddOptions): Promise<void>
  /** The same for an answer that is to be made again: a job of it that has ended is replaced. */
  addAgain(record: AnswerRecord, options: AddOptions): Promise<void>
  /** Does nothing where there is no job. */
  remove(answerId: string): Promise<void>
  /** Whether a worker has the job of an answer in hand. */
  isActive(answerId: string): Promise<boolean>
  /** The last that a worker told, if it told anything. */
  progress(answerId: string): Promise<JobProgress | undefined>
  /** By state: waiting, delayed, active, completed, failed. */
  counts(): Promise<Readonly<Record<string, number>>>
  /** Answers whose jobs were given up, the newest first. */
  listGivenUp(limit: number): Promise<readonly { answerId: string; reason: string }[]>
}

export interface AddOptions {
  /** The clock of the answer's priority, as far as it is known. Default: the answer's own start tag. */
  readonly clock?: number
  readonly sinceMs?: number
  /** No worker takes the job before this time has passed. Default 0. */
  readonly delayMs?: number
}

const jobOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
  removeOnComplete: { age: 3_600, count: 10_000 },
  removeOnFail: { age: 7 * 24 * 3_600, count: 10_000 },
} as const

export function createAnswerQueue(queue: JobQueue): AnswerQueue {
  const add: AnswerQueue['add'] = async (record, options) => {
    const { id, startTag, priority = 0, traceParent } = record
    const { clock = startTag, sinceMs, delayMs = 0 } = options
    const place = { priority, startTag }
    const data: AnswerJob = {
      answerId: id,
      place,
      ...(traceParent && { traceParent }),
      ...(sinceMs !== undefined && { sinceMs }),
    }
    await queue.add('answer', data, {
      ...jobOptions,
      jobId: id,
      priority: queuePriority(place, baseOf(clock)),
      ...(delayMs > 0 && { delay: delayMs }),
    })
  }
  return {
    add,
    async addAgain(record, options) {
      const state = await queue.getJobState(record.id)
      if (state === 'completed' || state === 'failed') await queue.remove(record.id)
      await add(record, options)
    },
    async remove(answerId) {
      await queue.remove(answerId)
    },
    isActive: async (answerId) => (await queue.getJobState(answerId)) === 'active',
    async progress(answerId) {
      const job = await queue.getJob(answerId)
      return isProgress(job?.progress) ? job.progress : undefined
    },
    async counts() {
      // Every job of ours has a priority, which BullMQ counts apart; to all others it waits.
      const { prioritized = 0, waiting = 0, delayed = 0, ...counts } = await queue.getJobCounts()
      return { ...counts, waiting: waiting + prioritized, delayed }
    },
    async listGivenUp(limit) {
      const jobs = await queue.getFailed(0, limit - 1)
      return jobs.map(({ data, failedReason }) => ({
        answerId: data.answerId,
        reason: failedReason,
      }))
    },
  }
}

function isProgress(value: unknown): value is JobProgress {
  return typeof value === 'object' && value !== null && 'step' in value
}
