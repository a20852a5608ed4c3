/** What the stores of answers decide alike, whichever database holds the rows. */
import { isDeepStrictEqual } from 'node:util'
import { HoldfastError } from '../../base/errors.ts'
import {
  type AnswerFilter,
  type AnswerRecord,
  type AnswerRequest,
  type AnswerResult,
  type AnswerState,
  aheadIdPrefix,
} from '../answer-store.ts'
import { encodeJson } from './encode-json.ts'
import { isAnswer, isJsonObject, isParsedJson, isTraceParent } from './json-shapes.ts'
import type { NewestFirst } from './newest-first.ts'
import type { RowReader } from './row-reader.ts'

export function hasEnded({ state }: AnswerRecord): boolean {
  return state !== 'waiting' && state !== 'active'
}

/** Whether a later run may still answer it: a failure may be tried again, an answer and a cancellation stand. */
export function mayRequeue(record: AnswerRecord): boolean {
  return !hasEnded(record) || record.state === 'failed'
}

/** The record, if it answers this very request; IDEMPOTENCY_CONFLICT otherwise. */
export function sameRequest(
  record: AnswerRecord,
  request: AnswerRequest,
  input: string,
): AnswerRecord {
  const same =
    record.pipeline === request.pipeline && isDeepStrictEqual(record.input, JSON.parse(input))
  if (same) return record
  const key = request.idempotencyKey ?? request.id
  throw new HoldfastError(
    'IDEMPOTENCY_CONFLICT',
    `The key ${JSON.stringify(key)} was used before with another input, for the answer ${record.id}. Use a new key for a new input.`,
    { key, answerId: record.id },
  )
}

/** The record; NOT_FOUND where there is none. */
export function foundAnswer(record: AnswerRecord | undefined, answerId: string): AnswerRecord {
  if (record) return record
  throw new HoldfastError(
    'NOT_FOUND',
    `There is no answer ${JSON.stringify(answerId)}. It was never accepted here, or its conversation was deleted.`,
    { kind: 'answer', id: answerId },
  )
}

/** Refuses with STALE_RUN a run that a newer one has replaced, or that never began. */
export function checkRun(record: AnswerRecord, run: number): void {
  if (record.run !== run) throw staleRun(record, run)
}

/** Refuses with STALE_RUN the second end of an answer, and the end by a run that is not the newest. */
export function checkMayEnd(record: AnswerRecord, run: number): void {
  checkRun(record, run)
  if (hasEnded(record)) throw staleRun(record, run)
}

function staleRun(record: AnswerRecord, run: number): HoldfastError<'STALE_RUN'> {
  const why = hasEnded(record)
    ? `the answer has ended as ${record.state}`
    : `the newest run is ${record.run}`
  return new HoldfastError(
    'STALE_RUN',
    `Run ${run} of the answer ${record.id} may not write: ${why}. Stop this run.`,
    { answerId: record.id, run, current: record.run },
  )
}

/** Tags are counted by priority and tenant; answers of nobody share the empty name. */
export function laneOf(request: AnswerRequest): readonly [priority: number, tenant: string] {
  return [priorityOf(request), request.tenant ?? '']
}

function priorityOf({ priority = 0 }: AnswerRequest): number {
  if (Number.isSafeInteger(priority) && priority >= 0) return priority
  const message = `The priority is ${priority}; it has to be a whole number from 0.`
  throw new HoldfastError('INVALID_INPUT', message, { issues: [{ path: 'priority', message }] })
}

/** The values of a new row of `answers` that come from its request. */
export function requestValues(
  request: AnswerRequest,
  input: string,
): readonly (string | number | null)[] {
  return [
    request.id,
    request.pipeline,
    input,
    request.createdAtMs,
    request.conversationId ?? null,
    request.idempotencyKey ?? null,
    request.traceParent ? encodeJson(request.traceParent, 'trace', isTraceParent) : null,
    request.origin?.thread ?? null,
    request.origin ? encodeJson(request.origin.facts, 'origin', isJsonObject) : null,
    request.tenant ?? null,
    priorityOf(request),
  ]
}

/** The values of an end: state, answer, code and message of the error, and the time. */
export function resultValues(result: AnswerResult): readonly (string | number | null)[] {
  const answer = result.state === 'completed' ? encodeJson(result.answer, 'answer', isAnswer) : null
  const error = result.state === 'failed' ? result.error : undefined
  return [result.state, answer, error?.code ?? null, error?.message ?? null, result.finishedAtMs]
}

/** The record in a row of the table `answers`. */
export function readAnswerRow(row: RowReader): AnswerRecord {
  const conversationId = row.optionalText('conversation_id')
  const idempotencyKey = row.optionalText('idempotency_key')
  const traceParent = row.optionalJson('trace_parent', 'a trace', isTraceParent)
  const tenant = row.optionalText('tenant')
  const priority = row.number('priority')
  const answer = row.optionalJson('answer', 'an answer', isAnswer)
  const errorCode = row.optionalText('error_code')
  const finishedAtMs = row.optionalNumber('finished_at_ms')
  const thread = row.optionalText('thread')
  const facts = row.optionalJson('origin', 'a JSON object', isJsonObject)
  return {
    id: row.text('id'),
    pipeline: row.text('pipeline'),
    input: row.json('input', 'JSON', isParsedJson),
    createdAtMs: row.number('created_at_ms'),
    state: row.oneOf('state', states),
    run: row.number('run'),
    startTag: row.number('start_tag'),
    ...(tenant !== undefined && { tenant }),
    ...(priority > 0 && { priority }),
    ...(conversationId !== undefined && { conversationId }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(traceParent && { traceParent }),
    ...(answer && { answer }),
    ...(errorCode !== undefined && {
      error: { code: errorCode, message: row.text('error_message') },
    }),
    ...(finishedAtMs !== undefined && { finishedAtMs }),
    ...(facts && { origin: { facts, ...(thread !== undefined && { thread }) } }),
  }
}

const states: Readonly<Record<AnswerState, true>> = {
  waiting: true,
  active: true,
  completed: true,
  failed: true,
  cancelled: true,
}

/**
 * The list of answers that pass a filter. `ownedBy` selects the ids of the conversations whose owner is
 * the user at that place.
 */
export function answerList(
  table: string,
  filter: AnswerFilter,
  ownedBy: (place: string) => string,
): NewestFirst {
  const { pipeline, conversationId, thread, state, userId, openSinceMs, ahead, limit } = filter
  return {
    table,
    time: 'created_at_ms',
    id: 'id',
    where: { pipeline, conversation_id: conversationId, thread, state },
    conditions: [
      {
        value: ahead ? undefined : aheadIdPrefix,
        sql: (place) => `substr(id, 1, ${aheadIdPrefix.length}) <> ${place}`,
      },
      { value: userId, sql: (place) => `conversation_id IN (${ownedBy(place)})` },
      {
        value: openSinceMs,
        sql: (place) => `(state IN ('waiting', 'active') OR finished_at_ms >= ${place})`,
      },
    ],
    limit,
  }
}
