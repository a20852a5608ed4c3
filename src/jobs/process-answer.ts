import { linkAbort } from '../base/abort.ts'
import { isHoldfastError } from '../base/errors.ts'
import type { Json } from '../base/json.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import type { Answer } from '../model/answer.ts'
import type { Checkpoints, RunStart } from '../pipeline/run.ts'
import type { AnswerRecord, AnswerResult, AnswerStore } from '../store/answer-store.ts'
import type { AnswerJob, JobProgress } from './answer-job.ts'
import {
  appendLast,
  beforeLast,
  completeLog,
  type EndOptions,
  type EventSink,
  isOver,
} from './end-answer.ts'
import type { Pauses } from './pauses.ts'

export interface ProcessOptions extends EndOptions {
  readonly telemetry: Telemetry
  /** Runs a pipeline by name: the same walk as a direct call. */
  run(pipeline: string, input: Json, start: RunStart): Promise<Answer>
  /** What is left for an answer accepted at that time, in milliseconds; may be negative. */
  remainingMs(pipeline: string, sinceMs: number): number
  /** Calls back when the answer has been cancelled, by whichever process; returns how to stop. */
  onCancelled(answerId: string, callback: () => void): () => void
}

/** A job in the hands of a worker. */
export interface JobAtWork {
  readonly data: AnswerJob
  /** Aborts when the worker has to let go of it. */
  readonly signal?: AbortSignal | undefined
  /** Tells how far it has come. */
  report?(progress: JobProgress): void | Promise<void>
}

/** The job is not done: it is to be taken up again, by any worker, from then on. */
export interface PutOff {
  readonly untilMs: number
}

const cancelReason = new DOMException('The answer was cancelled.', 'AbortError')

/** With less than this left of its deadline an answer is not put off: it is now or never. */
const leastRunMs = 1_000

/**
 * One run of one answer. Unless it is put off, the answer ends once: in the store first, then in its
 * log. An error that is thrown from here is about the plumbing (store, queue); BullMQ then tries again.
 */
export async function processAnswer(
  job: JobAtWork,
  pauses: Pauses,
  options: ProcessOptions,
): Promise<PutOff | undefined> {
  const { answers, telemetry } = options
  const { answerId } = job.data
  const record = await answers.get(answerId)
  if (!record) {
    telemetry.log('warn', 'The answer of a job is not in the store; it was deleted meanwhile.', {
      answerId,
    })
    return undefined
  }
  const patience = patienceOf(record, job, options)
  const asideMs = isOver(record) ? undefined : pauses.putAside(record.pipeline)
  if (asideMs !== undefined && asideMs <= patience.latestStartMs) return { untilMs: asideMs }
  const run = await answers.startRun(answerId)
  if (!isOver(record)) countRun(record.pipeline, run === 1 ? 'first' : 'again', options)
  const events = options.openEvents(answerId, run)
  const aborted = linkAbort(job.signal)
  const stopWatching = options.onCancelled(answerId, () => aborted.abort(cancelReason))
  const atWork = { job, run, events, signal: aborted.signal, patience }
  try {
    return await untilClosed(events, async () => {
      if (!isOver(record)) return runAnswer(record, atWork, pauses, options)
      await completeLog(record, events, options)
      return undefined
    })
  } catch (error) {
    if (!isHoldfastError(error, 'STALE_RUN')) throw error
    telemetry.log('info', 'A run was replaced by a newer one and stops.', { answerId, run })
  } finally {
    stopWatching()
    aborted.release()
  }
  return undefined
}

/** What is still to be written belongs to the work: it is refused in the same words when it is late. */
async function untilClosed<T>(events: EventSink, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    await events.close()
  }
}

/** Repeated work is paid for twice, as far as it got, so it is counted. */
function countRun(
  pipeline: string,
  kind: 'first' | 'again' | 'put-off',
  { telemetry }: ProcessOptions,
): void {
  telemetry.measure('holdfast.runs', 1, { 'holdfast.pipeline': pipeline, kind })
}

interface Patience {
  readonly deadlineMs: number
  readonly latestStartMs: number
}

function patienceOf(record: AnswerRecord, { data }: JobAtWork, options: ProcessOptions): Patience {
  const sinceMs = data.sinceMs ?? record.createdAtMs
  const leftMs = options.remainingMs(record.pipeline, sinceMs)
  return {
    deadlineMs: Math.max(1, leftMs),
    latestStartMs: options.clock.now() + leftMs - leastRunMs,
  }
}

interface AnswerAtWork {
  readonly job: JobAtWork
  readonly run: number
  readonly events: EventSink
  readonly signal: AbortSignal
  readonly patience: Patience
}

async function runAnswer(
  record: AnswerRecord,
  { job, run, events, signal, patience }: AnswerAtWork,
  pauses: Pauses,
  options: ProcessOptions,
): Promise<PutOff | undefined> {
  const { answers, clock } = options
  const end = async (result: AnswerResult) => {
    await answers.finish(record.id, run, result)
    await appendLast(result, events)
  }
  const putOff = async (untilMs: number): Promise<PutOff | undefined> =>
    (await answers.requeue(record.id, run)) ? { untilMs } : undefined
  try {
    const answer = await options.run(record.pipeline, record.input, {
      answerId: record.id,
      runNumber: run,
      abortSignal: signal,
      ...patience,
      checkpoints: checkpointsOf(answers, record.id, run),
      ...(job.data.traceParent && { traceParent: job.data.traceParent }),
      emit: reporting(job, beforeLast(events)),
    })
    await end({ state: 'completed', answer, finishedAtMs: clock.now() })
  } catch (error) {
    if (signal.aborted) return await putOff(clock.now())
    if (isHoldfastError(error, 'OVERLOADED')) {
      countRun(record.pipeline, 'put-off', options)
      pauses.pause(record.pipeline, error.data.retryAfterMs)
      return await putOff(pauses.putAside(record.pipeline) ?? clock.now())
    }
    if (isPlumbing(error)) throw error
    await end({ state: 'failed', error: failureOf(error), finishedAtMs: clock.now() })
  }
  return undefined
}

/** Steps are told as the job's progress too, for whoever looks at the queue and not at the log. */
function reporting(job: JobAtWork, emit: RunStart['emit']): RunStart['emit'] {
  let stepsDone = 0
  return async (event) => {
    await emit(event)
    if (event.type === 'step-started') await job.report?.({ step: event.step, stepsDone })
    if (event.type === 'step-finished') stepsDone++
  }
}

/** Failures around the answer, not of it: the job is tried again. */
function isPlumbing(error: unknown): boolean {
  return (
    isHoldfastError(error, 'STALE_RUN') ||
    isHoldfastError(error, 'STORE_UNAVAILABLE') ||
    isHoldfastError(error, 'QUEUE_UNAVAILABLE')
  )
}

/** An error as a client may see it. */
export function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  if (isHoldfastError(error)) return { code: error.code, message: error.message }
  return {
    code: 'INTERNAL',
    message: 'The answer could not be made because of an error in the application.',
  }
}

function checkpointsOf(answers: AnswerStore, answerId: string, run: number): Checkpoints {
  return {
    get: (step) => answers.getStep(answerId, step),
    put: (step, value) => answers.putStep(answerId, run, step, value),
  }
}
