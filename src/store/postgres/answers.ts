import type { Clock } from '../../base/clock.ts'
import type { AcceptedAnswer, AnswerRecord, AnswerRequest, AnswerStore } from '../answer-store.ts'
import {
  answerList,
  checkMayEnd,
  checkRun,
  foundAnswer,
  hasEnded,
  laneOf,
  mayRequeue,
  readAnswerRow,
  requestValues,
  resultValues,
  sameRequest,
} from '../shared/answer-rules.ts'
import { encodeJson } from '../shared/encode-json.ts'
import { isParsedJson } from '../shared/json-shapes.ts'
import { newestFirst } from '../shared/newest-first.ts'
import type { Database } from './database.ts'
import { fenceAnswer, neverGrown } from './event-fence.ts'
import { placeholder } from './placeholder.ts'

/**
 * The answers of a database whose schema is up to date.
 *
 * A write is one statement that holds its own condition. Where it changes no row, the record says why;
 * and where that says nothing against it, since it has changed in between, the write is made again.
 */
export function createAnswers(database: Database, clock: Clock): AnswerStore {
  const requireAnswer = async (answerId: string) =>
    foundAnswer(await readAnswer(database, answerId), answerId)

  return {
    async create(request) {
      const input = encodeJson(request.input, 'input')
      for (;;) {
        const accepted = await insertAnswer(database, request, input)
        if (accepted) return accepted
        const known = await findAccepted(database, request)
        if (!known) continue
        const record = sameRequest(known, request, input)
        return { record, created: false, clock: await readClock(database, record.priority ?? 0) }
      }
    },

    async startRun(answerId) {
      for (;;) {
        const run = await database.get(
          `WITH started AS (
           UPDATE holdfast.answers SET run = run + 1,
             state = CASE state WHEN 'waiting' THEN 'active' ELSE state END
           WHERE id = $1 RETURNING id, run, priority, start_tag
         ), advanced AS (
           INSERT INTO holdfast.fair_clocks AS fair (priority, clock)
           SELECT priority, start_tag FROM started
           ON CONFLICT (priority) DO UPDATE SET clock = excluded.clock
             WHERE fair.clock < excluded.clock
         ), fenced AS (
           INSERT INTO holdfast.event_logs AS head (answer_id, run, last_seq, grown)
           SELECT id, run, 0, ${neverGrown} FROM started
           ON CONFLICT (answer_id) DO UPDATE SET run = greatest(head.run, excluded.run)
         )
         SELECT run FROM started`,
          [answerId],
          (row) => row.number('run'),
        )
        if (run !== undefined) return run
        await requireAnswer(answerId)
      }
    },

    async finish(answerId, run, result) {
      const values = resultValues(result)
      for (;;) {
        const ended = await database.run(
          `UPDATE holdfast.answers SET state = $3, answer = $4, error_code = $5,
             error_message = $6, finished_at_ms = $7
           WHERE id = $1 AND run = $2 AND state IN ('waiting', 'active')`,
          [answerId, run, ...values],
        )
        if (ended === 1) return
        checkMayEnd(await requireAnswer(answerId), run)
      }
    },

    async requeue(answerId, run) {
      for (;;) {
        const requeued = await database.run(
          `UPDATE holdfast.answers SET state = 'waiting', error_code = NULL,
             error_message = NULL, finished_at_ms = NULL
           WHERE id = $1 AND run = $2 AND state IN ('waiting', 'active', 'failed')`,
          [answerId, run],
        )
        if (requeued === 1) return true
        const record = await requireAnswer(answerId)
        checkRun(record, run)
        if (!mayRequeue(record)) return false
      }
    },

    async cancel(answerId) {
      for (;;) {
        const cancelled = await database.get(
          `WITH before AS (
             SELECT id, state, run, priority, coalesce(tenant, '') AS tenant
             FROM holdfast.answers WHERE id = $1 AND state IN ('waiting', 'active') FOR UPDATE
           ), cancelled AS (
             UPDATE holdfast.answers AS answer SET state = 'cancelled', finished_at_ms = $2
             FROM before WHERE answer.id = before.id RETURNING answer.id
           ), given_back AS (
             UPDATE holdfast.tenant_tags AS lane SET next_tag = greatest(next_tag - 1, 0)
             FROM before WHERE lane.priority = before.priority AND lane.tenant = before.tenant
               AND before.state = 'waiting' AND before.run = 0
           )
           SELECT id FROM cancelled`,
          [answerId, clock.now()],
          (row) => row.text('id'),
        )
        if (cancelled !== undefined) return true
        if (hasEnded(await requireAnswer(answerId))) return false
      }
    },

    async delete(answerId) {
      return database.write(async (statements) => {
        // The lock holds off a step that is being written; the fence, what comes after.
        const run = await statements.get(
          'SELECT run FROM holdfast.answers WHERE id = $1 FOR UPDATE',
          [answerId],
          (row) => row.number('run'),
        )
        if (run === undefined) return false
        await fenceAnswer(statements, answerId, run + 1)
        await statements.run('DELETE FROM holdfast.events WHERE answer_id = $1', [answerId])
        await statements.run('DELETE FROM holdfast.steps WHERE answer_id = $1', [answerId])
        await statements.run('DELETE FROM holdfast.answers WHERE id = $1', [answerId])
        return true
      })
    },

    get: (answerId) => readAnswer(database, answerId),

    async list(filter) {
      const ownedBy = (place: string) =>
        `SELECT id FROM holdfast.conversations WHERE user_id = ${place}`
      const list = answerList('holdfast.answers', filter, ownedBy)
      const { sql, values } = newestFirst(list, placeholder)
      return database.all(sql, values, readAnswerRow)
    },

    getStep: (answerId, step) =>
      database.get(
        'SELECT value FROM holdfast.steps WHERE answer_id = $1 AND step = $2',
        [answerId, step],
        (row) => ({ value: row.json('value', 'JSON', isParsedJson) }),
      ),

    async putStep(answerId, run, step, value) {
      const text = encodeJson(value, 'result of a step')
      for (;;) {
        // The lock holds off the run that would replace this one until the step is there for it to find.
        const put = await database.run(
          `WITH answer AS (
             SELECT id FROM holdfast.answers WHERE id = $1 AND run = $2 FOR SHARE
           )
           INSERT INTO holdfast.steps (answer_id, step, run, value)
           SELECT id, $3, $2, $4 FROM answer
           ON CONFLICT (answer_id, step) DO UPDATE SET run = excluded.run, value = excluded.value`,
          [answerId, run, step, text],
        )
        if (put === 1) return
        checkRun(await requireAnswer(answerId), run)
      }
    },
  }
}

/**
 * Undefined where the id, or the key of its pipeline, is there already; the tag that was taken for it
 * is then left out, at which its tenant waits a round more.
 */
function insertAnswer(
  database: Database,
  request: AnswerRequest,
  input: string,
): Promise<AcceptedAnswer | undefined> {
  const [, tenant] = laneOf(request)
  return database.get(
    `WITH time AS (
       SELECT coalesce((SELECT clock FROM holdfast.fair_clocks WHERE priority = $11), 0) AS clock
     ), tag AS (
       INSERT INTO holdfast.tenant_tags AS lane (priority, tenant, next_tag)
       SELECT $11, $12, clock + 1 FROM time
       ON CONFLICT (priority, tenant)
         DO UPDATE SET next_tag = greatest(lane.next_tag, excluded.next_tag - 1) + 1
       RETURNING next_tag - 1 AS start_tag
     )
     INSERT INTO holdfast.answers
       (id, pipeline, input, created_at_ms, conversation_id, idempotency_key, trace_parent, thread,
        origin, tenant, priority, start_tag, state, run)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, start_tag, 'waiting', 0 FROM tag
     ON CONFLICT DO NOTHING RETURNING *, (SELECT clock FROM time) AS clock`,
    [...requestValues(request, input), tenant],
    (row) => ({ record: readAnswerRow(row), created: true, clock: row.number('clock') }),
  )
}

async function readClock(database: Database, priority: number): Promise<number> {
  const clock = await database.get(
    'SELECT clock FROM holdfast.fair_clocks WHERE priority = $1',
    [priority],
    (row) => row.number('clock'),
  )
  return clock ?? 0
}

/** The answer that was accepted for the same idempotency key, or under the same id. */
async function findAccepted(
  database: Database,
  { id, pipeline, idempotencyKey }: AnswerRequest,
): Promise<AnswerRecord | undefined> {
  const byKey =
    idempotencyKey === undefined
      ? undefined
      : await database.get(
          'SELECT * FROM holdfast.answers WHERE pipeline = $1 AND idempotency_key = $2',
          [pipeline, idempotencyKey],
          readAnswerRow,
        )
  return byKey ?? readAnswer(database, id)
}

function readAnswer(database: Database, answerId: string): Promise<AnswerRecord | undefined> {
  return database.get('SELECT * FROM holdfast.answers WHERE id = $1', [answerId], readAnswerRow)
}
