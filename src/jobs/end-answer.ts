import type { Clock } from '../base/clock.ts'
import { isHoldfastError, messageOf } from '../base/errors.ts'
import { type AnswerEvent, isLastEvent } from '../model/answer-event.ts'
import type { AnswerRecord, AnswerResult, AnswerStore } from '../store/answer-store.ts'

/** Where answers end: in the store first, then in their logs. */
export interface EndOptions {
  readonly answers: AnswerStore
  readonly clock: Clock
  openEvents(answerId: string, run: number): EventSink
  /** Whether the log of the answer has its last event. */
  hasEnded(answerId: string): Promise<boolean>
}

/** Where the events of a run go: written first, then delivered. */
export interface EventSink {
  append(event: AnswerEvent): void | Promise<void>
  /** Resolves when everything appended is durable. */
  flush(): Promise<void>
  close(): void | Promise<void>
}

const cancelled = { code: 'CANCELLED', message: 'The answer was cancelled.' }

export function isOver({ state }: AnswerRecord): boolean {
  return state !== 'waiting' && state !== 'active'
}

/** Lets all events pass but the last, which is held back until the store has the answer. */
export function beforeLast(events: EventSink): (event: AnswerEvent) => void | Promise<void> {
  return (event) => (isLastEvent(event) ? undefined : events.append(event))
}

export async function appendLast(result: AnswerResult, events: EventSink): Promise<void> {
  await events.append(
    result.state === 'completed'
      ? { type: 'answer-finished', answer: result.answer }
      : { type: 'answer-failed', error: result.error },
  )
  await events.flush()
}

/** A crash came between the end of the answer in the store and its last event: the log gets it now. */
export async function completeLog(
  record: AnswerRecord,
  events: EventSink,
  options: EndOptions,
): Promise<void> {
  if (await options.hasEnded(record.id)) return
  const finishedAtMs = record.finishedAtMs ?? options.clock.now()
  await appendLast(
    record.answer
      ? { state: 'completed', answer: record.answer, finishedAtMs }
      : { state: 'failed', error: record.error ?? cancelled, finishedAtMs },
    events,
  )
}

/** Ends an answer whose job has been given up: tried too often, or its worker died too often. */
export async function giveUp(
  answerId: string,
  reason: unknown,
  options: EndOptions,
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
export async function cancelAnswer(answerId: string, options: EndOptions): Promise<boolean> {
  if (!(await options.answers.cancel(answerId))) return false
  while (!(await endLog(answerId, options)));
  return true
}

/**
 * A new run number shuts out the worker that may still be writing. False where a worker that read the
 * answer before it was cancelled has begun a run after this one: it is then shut out by another number.
 */
async function endLog(answerId: string, options: EndOptions): Promise<boolean> {
  const events = options.openEvents(answerId, await options.answers.startRun(answerId))
  const finishedAtMs = options.clock.now()
  try {
    if (!(await options.hasEnded(answerId))) {
      await appendLast({ state: 'failed', error: cancelled, finishedAtMs }, events)
    }
    await events.close()
    return true
  } catch (error) {
    if (isHoldfastError(error, 'STALE_RUN')) return false
    throw error
  }
}
