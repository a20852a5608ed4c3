import { linkAbort } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import { isHoldfastError, messageOf } from '../base/errors.ts'
import type { Json } from '../base/json.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import type { Answer } from '../model/answer.ts'
import { type AnswerEvent, isLastEvent } from '../model/answer-event.ts'
import type { Checkpoints, RunStart } from '../pipeline/run.ts'
import type { AnswerRecord, AnswerResult, AnswerStore } from '../store/answer-store.ts'
import type { AnswerJob } from './answer-job.ts'

export interface ProcessOptions {
  readonly answers: AnswerStore
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Runs a pipeline by name: the same walk as a direct call. */
  run(pipeline: string, input: Json, start: RunStart): Promise<Answer>
  /** What is left for an answer accepted at that time, in milliseconds; may be negative. */
  remainingMs(pipeline: string, createdAtMs: number): number
  openEvents(answerId: string, run: number): EventSink
  /** Whether the log of the answer has its last event. */
  hasEnded(answerId: string): Promise<boolean>
  /** Calls back when the answer has been cancelled, by whichever process; returns how to stop. */
  onCancelled(answerId: string, callback: () => void): () => void
}

const cancelReason = new DOMException('The answer was cancelled.', 'AbortError')

/** Where the events of a run go: written first, then delivered. */
export interface EventSink {
  append(event: AnswerEvent): void | Promise<void>
  /** Resolves when everything appended is durable. */
  flush(): Promise<void>
  close(): void | Promise<void>
}

/**
 * One run of one answer. Whatever happens, the answer ends once: in the store first, then in its log.
 * An error that is thrown from here is about the plumbing (store, queue); BullMQ then tries again.
 */
export async function processAnswer(
  job: AnswerJob,
  signal: AbortSignal | undefined,
  options: ProcessOptions,
): Promise<void> {
  const { answers, telemetry } = options
  const record = await answers.get(job.answerId)
  if (!record) {
    telemetry.log('error', 'A job names an answer that is not in the store.', {
      answerId: job.answerId,
    })
    return
  }
  const run = await answers.startRun(record.id)
  const events = options.openEvents(record.id, run)
  const cancelled = linkAbort(signal)
  const stopWatching = options.onCancelled(record.id, () => cancelled.abort(cancelReason))
  try {
    if (isOver(record)) await completeLog(record, events, options)
    else await runAnswer(record, run, { job, events, signal: cancelled.signal }, options)
  } catch (error) {
    if (!isHoldfastError(error, 'STALE_RUN')) throw error
    telemetry.log('info', 'A run was replaced by a newer one and stops.', {
      answerId: record.id,
      run,
    })
  } finally {
    stopWatching()
    cancelled.release()
    await events.close()
  }
}

interface RunningAnswer {
  readonly job: AnswerJob
  readonly events: EventSink
  readonly signal: AbortSignal
}

async function runAnswer(
  record: AnswerRecord,
  run: number,
  { job, events, signal }: RunningAnswer,
  options: ProcessOptions,
): Promise<void> {
  const { answers, clock } = options
  const end = async (result: AnswerResult) => {
    await answers.finish(record.id, run, result)
    await appendLast(result, events)
  }
  try {
    const answer = await options.run(record.pipeline, record.input, {
      answerId: record.id,
      runNumber: run,
      abortSignal: signal,
      deadlineMs: Math.max(1, options.remainingMs(record.pipeline, record.createdAtMs)),
      checkpoints: checkpointsOf(answers, record.id, run),
      ...(job.traceParent && { traceParent: job.traceParent }),
      // The last event is held back until the store has the answer, so that whoever sees it can read it.
      emit: (event) => (isLastEvent(event) ? undefined : events.append(event)),
    })
    await end({ state: 'completed', answer, finishedAtMs: clock.now() })
  } catch (error) {
    if (signal.aborted && (await answers.get(record.id))?.state === 'cancelled') return
    if (signal.aborted || isPlumbing(error)) throw error
    await end({ state: 'failed', error: failureOf(error), finishedAtMs: clock.now() })
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

async function appendLast(result: AnswerResult, events: EventSink): Promise<void> {
  await events.append(
    result.state === 'completed'
      ? { type: 'answer-finished', answer: result.answer }
      : { type: 'answer-failed', error: result.error },
  )
  await events.flush()
}

function isOver(record: AnswerRecord): boolean {
  return record.state !== 'waiting' && record.state !== 'active'
}

/** A crash came between the end of the answer in the store and its last event: the log gets it now. */
async function completeLog(
  record: AnswerRecord,
  events: EventSink,
  options: ProcessOptions,
): Promise<void> {
  if (await options.hasEnded(record.id)) return
  const finishedAtMs = record.finishedAtMs ?? options.clock.now()
  const error = record.error ?? { code: 'CANCELLED', message: 'The answer was cancelled.' }
  await appendLast(
    record.answer
      ? { state: 'completed', answer: record.answer, finishedAtMs }
      : { state: 'failed', error, finishedAtMs },
    events,
  )
}

function checkpointsOf(answers: AnswerStore, answerId: string, run: number): Checkpoints {
  return {
    get: (step) => answers.getStep(answerId, step),
    put: (step, value) => answers.putStep(answerId, run, step, value),
  }
}

/** Ends an answer whose job has been given up: tried too often, or its worker died too often. */
export async function giveUp(
  answerId: string,
  reason: unknown,
  options: ProcessOptions,
): Promise<void> {
  const record = await options.answers.get(answerId)
  if (!record || isOver(record)) return
  const run = await options.answers.startRun(answerId)
  const error = { code: 'JOB_FAILED', message: `The job was given up: ${messageOf(reason)}` }
  const result = { state: 'failed', error, finishedAtMs: options.clock.now() } as const
  await options.answers.finish(answerId, run, result)
  const events = options.openEvents(answerId, run)
  await appendLast(result, events)
  await events.close()
}

/** Ends an answer as cancelled, in the store and in its log; tells whether it had not ended before. */
export async function cancelAnswer(answerId: string, options: ProcessOptions): Promise<boolean> {
  if (!(await options.answers.cancel(answerId))) return false
  // A new run number shuts out the worker that may still be writing.
  const events = options.openEvents(answerId, await options.answers.startRun(answerId))
  const error = { code: 'CANCELLED', message: 'The answer was cancelled.' }
  await appendLast({ state: 'failed', error, finishedAtMs: options.clock.now() }, events)
  await events.close()
  return true
}
