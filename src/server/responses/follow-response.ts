import type { HoldfastParts } from '../../app/holdfast.ts'
import type { Clock } from '../../base/clock.ts'
import { type AnswerEvent, isLastEvent } from '../../model/answer-event.ts'
import { type AnswerEntry, answerEntries } from '../answer-entries.ts'
import { endOf, type FoundResponse, identityOf } from './find-response.ts'
import { createResponseEvents, type ResponseEvent } from './response-events.ts'
import { openResponse, type ResponseEnd } from './response-object.ts'

interface Following {
  readonly app: HoldfastParts
  readonly clock: Clock
}

/**
 * The events of a response from the first on, in lots, until it ends: those that are there already, then
 * each as it is written. Who resumes leaves out what it has: the numbers come from the events before.
 */
export async function* followResponse(
  { app, clock }: Following,
  response: FoundResponse,
  signal: AbortSignal,
): AsyncGenerator<readonly ResponseEvent[]> {
  const events = createResponseEvents(identityOf(response))
  yield events.opening()
  for await (const lot of answerEntries(app, clock, response.record, signal)) {
    const said: ResponseEvent[] = []
    for (const entry of lot) {
      const isLast = isLastEvent(entry.event)
      said.push(
        ...(isLast ? events.end(await endAt(app, entry, response)) : events.hear(entry.event)),
      )
    }
    yield said
  }
}

/** The record has the end before the log has it; where it was deleted since, the log alone tells. */
async function endAt(
  app: HoldfastParts,
  { event, atMs }: AnswerEntry,
  { record }: FoundResponse,
): Promise<ResponseEnd> {
  const newest = await app.answers.get(record.id)
  return (newest && endOf(newest)) ?? endOfEvent(event, atMs)
}

/** How an answer ended, by the last event of it. */
export function endOfEvent(event: AnswerEvent, finishedAtMs: number): ResponseEnd {
  if (event.type === 'answer-finished') {
    return { state: 'completed', answer: event.answer, finishedAtMs }
  }
  const error = event.type === 'answer-failed' ? event.error : { code: 'INTERNAL', message: '' }
  return error.code === 'CANCELLED'
    ? { state: 'cancelled', finishedAtMs }
    : { state: 'failed', error, finishedAtMs }
}

/**
 * A response as it stands. One that has ended is read through its log, so that a poll gives what the
 * last event of a stream holds, ids included.
 */
export async function readResponse(
  { app, clock }: Following,
  response: FoundResponse,
  signal: AbortSignal,
): Promise<object> {
  const { record } = response
  const identity = identityOf(response)
  const end = endOf(record)
  if (!end) return openResponse(identity, record.state === 'waiting' ? 'queued' : 'in_progress')
  const events = createResponseEvents(identity)
  for await (const lot of answerEntries(app, clock, record, signal)) {
    for (const { event } of lot) if (!isLastEvent(event)) events.hear(event)
  }
  return events.ended(end)
}
