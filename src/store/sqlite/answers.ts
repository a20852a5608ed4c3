import type { Clock } from '../../base/clock.ts'
import type { AnswerRecord, AnswerRequest, AnswerStore } from '../answer-store.ts'
import {
  answerList,
  checkMayEnd,
  checkRun,
  foundAnswer,
  hasEnded,
  mayRequeue,
  readAnswerRow,
  requestValues,
  resultValues,
  sameRequest,
} from '../shared/answer-rules.ts'
import { encodeJson } from '../shared/encode-json.ts'
import { isParsedJson } from '../shared/json-shapes.ts'
import type { Database } from './database.ts'
import { raiseFence } from './event-fence.ts'
import { advanceClock, giveTagBack, readClock, takeTag } from './fair-tags.ts'
import { readNewestFirst } from './read-newest-first.ts'

/** The answers of a database whose schema is up to date. */
export function createAnswers(database: Database, clock: Clock): AnswerStore {
  return {
    async create(request) {
      const input = encodeJson(request.input, 'input')
      return database.write(() => {
        const known = findAccepted(database, request)
        if (known) {
          const record = sameRequest(known, request, input)
          return { record, created: false, clock: readClock(database, record.priority ?? 0) }
        }
        const { startTag, clock } = takeTag(database, request)
        insertAnswer(database, request, input, startTag)
        return { record: requireAnswer(database, request.id), created: true, clock }
      })
    },

    async startRun(answerId) {
      return database.write(() => {
        const record = requireAnswer(database, answerId)
        const run = record.run + 1
        const state = hasEnded(record) ? record.state : 'active'
        database.run('UPDATE answers SET run = ?, state = ? WHERE id = ?', [run, state, answerId])
        raiseFence(database, answerId, run)
        advanceClock(database, record.priority ?? 0, record.startTag)
        return run
      })
    },

    async requeue(answerId, run) {
      return database.write(() => {
        const record = requireAnswer(database, answerId)
        checkRun(record, run)
        if (!mayRequeue(record)) return false
        database.run(
          `UPDATE answers SET state = 'waiting', error_code = NULL, error_message = NULL,
             finished_at_ms = NULL WHERE id = ?`,
          [answerId],
        )
        return true
      })
    },

    async finish(answerId, run, result) {
      const values = resultValues(result)
      database.write(() => {
        checkMayEnd(requireAnswer(database, answerId), run)
        database.run(
          `UPDATE answers SET state = ?, answer = ?, error_code = ?, error_message = ?,
             finished_at_ms = ? WHERE id = ?`,
          [...values, answerId],
        )
      })
    },

    async cancel(answerId) {
      return database.write(() => {
        const record = requireAnswer(database, answerId)
        if (hasEnded(record)) return false
        if (record.state === 'waiting' && record.run === 0) giveTagBack(database, record)
        database.run(`UPDATE answers SET state = 'cancelled', finished_at_ms = ? WHERE id = ?`, [
          clock.now(),
          answerId,
        ])
        return true
      })
    },

    async delete(answerId) {
      return database.write(() => {
        const record = readAnswer(database, answerId)
        if (!record) return false
        raiseFence(database, answerId, record.run + 1)
        database.run('DELETE FROM events WHERE answer_id = ?', [answerId])
        database.run('DELETE FROM steps WHERE answer_id = ?', [answerId])
        database.run('DELETE FROM answers WHERE id = ?', [answerId])
        return true
      })
    },

    async get(answerId) {
      return readAnswer(database, answerId)
    },

    async list(filter) {
      const ownedBy = (place: string) =>
        `SELECT conversation_id FROM owners WHERE user_id = ${place}`
      const list = answerList('answers', filter, ownedBy)
      return readNewestFirst(database, { ...list, read: readAnswerRow })
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
        checkRun(requireAnswer(database, answerId), run)
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
          readAnswerRow,
        )
  return byKey ?? readAnswer(database, request.id)
}

function insertAnswer(
  database: Database,
  request: AnswerRequest,
  input: string,
  startTag: number,
): void {
  database.run(
    `INSERT INTO answers
       (id, pipeline, input, created_at_ms, conversation_id, idempotency_key, trace_parent, thread,
        origin, tenant, priority, start_tag, state, run)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0)`,
    [...requestValues(request, input), startTag],
  )
}

function requireAnswer(database: Database, answerId: string): AnswerRecord {
  return foundAnswer(readAnswer(database, answerId), answerId)
}

function readAnswer(database: Database, answerId: string): AnswerRecord | undefined {
  return database.get('SELECT * FROM answers WHERE id = ?', [answerId], readAnswerRow)
}
