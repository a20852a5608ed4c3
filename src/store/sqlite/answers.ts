import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../base/clock.ts'
import { HoldfastError } from '../../base/errors.ts'
import type { AnswerRecord, AnswerRequest, AnswerState, AnswerStore } from '../answer-store.ts'
import type { Database } from './database.ts'
import { encodeJson } from './encode-json.ts'
import { raiseFence } from './event-fence.ts'
import { isAnswer, isParsedJson } from './json-shapes.ts'
import { readNewestFirst } from './read-newest-first.ts'
import type { RowReader } from './row-reader.ts'

/** The answers of a database whose schema is up to date. */
export function createAnswers(database: Database, clock: Clock): AnswerStore {
  return {
    async create(request) {
      const input = encodeJson(request.input, 'input')
      return database.write(() => {
        const known = findAccepted(database, request)
        if (known) return { record: sameRequest(known, request, input), created: false }
        insertAnswer(database, request, input)
        return { record: requireAnswer(database, request.id), created: true }
      })
    },

    async startRun(answerId) {
      return database.write(() => {
        const record = requireAnswer(database, answerId)
        const run = record.run + 1
        const state = hasEnded(record) ? record.state : 'active'
        database.run('UPDATE answers SET run = ?, state = ? WHERE id = ?', [run, state, answerId])
        raiseFence(database, answerId, run)
        return run
      })
    },

    async finish(answerId, run, result) {
      const answer =
        result.state === 'completed' ? encodeJson(result.answer, 'answer', isAnswer) : null
      const error = result.state === 'failed' ? result.error : undefined
      database.write(() => {
        const record = requireRun(database, answerId, run)
        if (hasEnded(record)) throw staleRun(record, run)
        database.run(
          `UPDATE answers SET state = ?, answer = ?, error_code = ?, error_message = ?,
             finished_at_ms = ? WHERE id = ?`,
          [
            result.state,
            answer,
            error?.code ?? null,
            error?.message ?? null,
            result.finishedAtMs,
            answerId,
          ],
        )
      })
    },

    async cancel(answerId) {
      return database.write(() => {
        if (hasEnded(requireAnswer(database, answerId))) return false
        database.run(`UPDATE answers SET state = 'cancelled', finished_at_ms = ? WHERE id = ?`, [
          clock.now(),
          answerId,
        ])
        return true
      })
    },

    async get(answerId) {
      return readAnswer(database, answerId)
    },

    async list(filter) {
      return readNewestFirst(database, {
        table: 'answers',
        time: 'created_at_ms',
        id: 'id',
        where: {
          pipeline: filter.pipeline,
          conversation_id: filter.conversationId,
          state: filter.state,
        },
        limit: filter.limit,
        read: readRecord,
      })
    },

    async getStep(answerId, step) {
      return database.get(
        'SELECT value FROM steps WHERE answer_id = ? AND step = ?',
        [answerId, step],
        (row) => ({ value: row.json('value', 'JSON', isParsedJson) }),
      )
    },

    async putStep(answerId, run, step, value) {
      const text = encodeJson(value, 'result of a step')
      database.write(() => {
        requireRun(database, answerId, run)
        database.run(
          `INSERT INTO steps (answer_id, step, run, value) VALUES (?, ?, ?, ?)
           ON CONFLICT (answer_id, step) DO UPDATE SET run = excluded.run, value = excluded.value`,
          [answerId, step, run, text],
        )
      })
    },
  }
}

/** The answer that was accepted for the same idempotency key, or under the same id. */
function findAccepted(database: Database, request: AnswerRequest): AnswerRecord | undefined {
  const byKey =
    request.idempotencyKey === undefined
      ? undefined
      : database.get(
          'SELECT * FROM answers WHERE pipeline = ? AND idempotency_key = ?',
          [request.pipeline, request.idempotencyKey],
          readRecord,
        )
  return byKey ?? readAnswer(database, request.id)
}

/** The record, if it answers this very request; IDEMPOTENCY_CONFLICT otherwise. */
function sameRequest(record: AnswerRecord, request: AnswerRequest, input: string): AnswerRecord {
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

function insertAnswer(database: Database, request: AnswerRequest, input: string): void {
  database.run(
    `INSERT INTO answers
       (id, pipeline, input, created_at_ms, conversation_id, idempotency_key, state, run)
     VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0)`,
    [
      request.id,
      request.pipeline,
      input,
      request.createdAtMs,
      request.conversationId ?? null,
      request.idempotencyKey ?? null,
    ],
  )
}

function requireAnswer(database: Database, answerId: string): AnswerRecord {
  const record = readAnswer(database, answerId)
  if (record) return record
  throw new HoldfastError(
    'NOT_FOUND',
    `There is no answer ${JSON.stringify(answerId)}. It was never accepted here, or its conversation was deleted.`,
    { kind: 'answer', id: answerId },
  )
}

function requireRun(database: Database, answerId: string, run: number): AnswerRecord {
  const record = requireAnswer(database, answerId)
  if (record.run !== run) throw staleRun(record, run)
  return record
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

function hasEnded(record: AnswerRecord): boolean {
  return record.state !== 'waiting' && record.state !== 'active'
}

function readAnswer(database: Database, answerId: string): AnswerRecord | undefined {
  return database.get('SELECT * FROM answers WHERE id = ?', [answerId], readRecord)
}

function readRecord(row: RowReader): AnswerRecord {
  const conversationId = row.optionalText('conversation_id')
  const idempotencyKey = row.optionalText('idempotency_key')
  const answer = row.optionalJson('answer', 'an answer', isAnswer)
  const errorCode = row.optionalText('error_code')
  const finishedAtMs = row.optionalNumber('finished_at_ms')
  return {
    id: row.text('id'),
    pipeline: row.text('pipeline'),
    input: row.json('input', 'JSON', isParsedJson),
    createdAtMs: row.number('created_at_ms'),
    state: row.oneOf('state', states),
    run: row.number('run'),
    ...(conversationId !== undefined && { conversationId }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(answer && { answer }),
    ...(errorCode !== undefined && {
      error: { code: errorCode, message: row.text('error_message') },
    }),
    ...(finishedAtMs !== undefined && { finishedAtMs }),
  }
}

const states: Readonly<Record<AnswerState, true>> = {
  waiting: true,
  active: true,
  completed: true,
  failed: true,
  cancelled: true,
}
