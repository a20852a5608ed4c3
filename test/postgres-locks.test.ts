/** What holds between transactions that are under way at the same time. */
import pg from 'pg'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { openDatabase } from '../src/store/postgres/database.ts'
import { readGrowth, readGrowthCursor } from '../src/store/postgres/event-fence.ts'
import { testSchemas } from './postgres-schema.ts'

const connection = inject('postgresUrl')
const { admin, inSchema, open } = testSchemas(connection)
const tokens = { ascii: 1, other: 0 }
const events = [{ type: 'text-delta', text: 'old' }] as const
const summary = { fromSeq: 1, toSeq: 1, text: 'old', tokens, createdAtMs: 1, writtenBy: 'x/y' }

afterAll(() => admin.end())

describe('what waits for a transaction', () => {
  test('a summary of turns that are being deleted is not added', () =>
    inSchema(async (schema) => {
      const { conversations } = await open(schema)
      await conversations.append('c', [said('old')])
      const adding = await afterTransaction(
        schema,
        `DELETE FROM turns; DELETE FROM conversations`,
        () => conversations.addSummary('c', summary),
      )
      expect(await adding()).toBe(false)
      expect((await conversations.exportConversation('c')).summaries).toEqual([])
    }))

  test('a merge does not bring a deleted state back', () =>
    inSchema(async (schema) => {
      const { conversations } = await open(schema)
      await conversations.mergeState('c', { old: true })
      const merging = await afterTransaction(schema, `DELETE FROM conversations`, () =>
        conversations.mergeState('c', { new: true }),
      )
      expect(await merging()).toEqual({ value: { new: true }, version: 1 })
    }))

  test('an append to a deleted conversation begins anew', () =>
    inSchema(async (schema) => {
      const { conversations } = await open(schema)
      await conversations.append('c', [said('old')])
      const appending = await afterTransaction(
        schema,
        `DELETE FROM turns; DELETE FROM conversations`,
        () => conversations.append('c', [said('new')]),
      )
      expect(await appending()).toMatchObject({ turns: [{ seq: 1 }] })
    }))

  test('a second append of a key repeats the first', () =>
    inSchema(async (schema) => {
      const { conversations } = await open(schema)
      await conversations.append('c', [said('1')])
      const appending = await afterTransaction(
        schema,
        `UPDATE conversations SET last_seq = 2;
         INSERT INTO append_keys VALUES ('c', 'k', 2, 2);
         INSERT INTO turns VALUES ('c', 2, '{"role":"user","content":"2"}', 1, 1, 0)`,
        () => conversations.append('c', [said('2')], { idempotencyKey: 'k' }),
      )
      expect(await appending()).toEqual({ turns: [{ seq: 2, ...said('2') }], repeated: true })
      expect(await conversations.readTurns('c')).toHaveLength(2)
    }))

  test('a step of a run that is being replaced is refused', () =>
    inSchema(async (schema) => {
      const { answers } = await open(schema)
      await answers.create(asked('a'))
      const run = await answers.startRun('a')
      const putting = await afterTransaction(schema, `UPDATE answers SET run = 2`, () =>
        answers.putStep('a', run, 's', 'late'),
      )
      await expect(putting()).rejects.toMatchObject({ code: 'STALE_RUN', data: { current: 2 } })
      expect(await answers.getStep('a', 's')).toBeUndefined()
    }))

  test('an end after another end is refused', () =>
    inSchema(async (schema) => {
      const { answers } = await open(schema)
      await answers.create(asked('a'))
      const run = await answers.startRun('a')
      const error = { code: 'X', message: 'x' }
      const finishing = await afterTransaction(
        schema,
        `UPDATE answers SET state = 'cancelled', finished_at_ms = 1`,
        () => answers.finish('a', run, { state: 'failed', error, finishedAtMs: 2 }),
      )
      await expect(finishing()).rejects.toMatchObject({ code: 'STALE_RUN' })
    }))

  test('events of a run that is being fenced are refused', () =>
    inSchema(async (schema) => {
      const store = await open(schema)
      await store.events.append([{ answerId: 'a', run: 1, events }])
      const appending = await afterTransaction(schema, `UPDATE event_logs SET run = 2`, () =>
        store.events.append([{ answerId: 'a', run: 1, events }]),
      )
      expect(await appending()).toEqual([{ ok: false, currentRun: 2 }])
      expect(await store.events.read('a', 0)).toHaveLength(1)
    }))

  /**
   * Starts `work` while the statements of a transaction are done and not yet committed, has them
   * committed once the work waits for them, or did not, and returns what the work has promised.
   */
  async function afterTransaction<T>(
    schema: string,
    sql: string,
    work: () => Promise<T>,
  ): Promise<() => Promise<T>> {
    const client = await admin.connect()
    await client.query(`BEGIN; SET LOCAL search_path = "${schema}"; ${sql}`)
    let settled = false
    const promise = work()
    const noted = promise.then(
      () => {
        settled = true
      },
      () => {
        settled = true
      },
    )
    while (!settled) {
      if (await someoneWaits(schema)) break
    }
    await client.query('COMMIT')
    client.release()
    await noted
    return () => promise
  }

  async function someoneWaits(schema: string): Promise<boolean> {
    const { rows } = await admin.query(
      `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1`,
      [`%"${schema}"%`],
    )
    return rows.length > 0
  }
})

describe('writers at the same time', () => {
  test('of many logs in opposite orders all succeed', () =>
    inSchema(async (schema) => {
      const [one, other] = [await open(schema), await open(schema)]
      const ids = Array.from({ length: 30 }, (_, index) => `a${index}`)
      const batches = ids.map((answerId) => ({ answerId, run: 1, events }))
      const rounds = Array.from({ length: 20 }, () => [
        one.events.append(batches),
        other.events.append(batches.toReversed()),
      ])
      const outcomes = (await Promise.all(rounds.flat())).flat()
      expect(outcomes.every((outcome) => outcome.ok)).toBe(true)
      for (const id of ids) expect(await one.events.read(id, 0)).toHaveLength(40)
    }))

  test('bring nothing of a deleted conversation back', () =>
    inSchema(async (schema) => {
      const store = await open(schema)
      const { conversations, answers } = store
      for (let round = 0; round < 25; round++) {
        const id = `c${round}`
        await conversations.append(id, [said('old'), said('old')], { userId: 'u' })
        await conversations.mergeState(id, { old: true })
        await answers.create({ ...asked(id), conversationId: id })
        const run = await answers.startRun(id)
        await Promise.all([
          conversations.deleteConversation(id),
          conversations.mergeState(id, { new: true }),
          conversations.addSummary(id, summary),
          conversations.append(id, [said('new', 2)]),
          answers.putStep(id, run, 's', 'old').catch(expectRefused),
          answers.startRun(id).catch(expectRefused),
          store.events.append([{ answerId: id, run, events }]),
        ])
        const exported = await conversations.exportConversation(id)
        expect(JSON.stringify(exported)).not.toContain('old')
        expect(exported.turns.map((turn) => turn.seq)).toEqual(
          exported.turns.map((_, index) => index + 1),
        )
        expect(await answers.getStep(id, 's')).toBeUndefined()
        expect(await store.events.read(id, 0)).toEqual([])
      }
    }))

  test('that wait for a stuck one say so', () =>
    inSchema(async (schema) => {
      const store = await open(schema)
      await store.conversations.append('c', [said('1')])
      const stuck = await admin.connect()
      await stuck.query(`BEGIN; SELECT 1 FROM "${schema}".conversations FOR UPDATE`)
      await expect(store.conversations.mergeState('c', { a: 1 })).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(/another session has held a lock for too long/),
      })
      await stuck.query('COMMIT')
      stuck.release()
      expect(await store.conversations.mergeState('c', { a: 1 })).toMatchObject({ version: 1 })
    }))
})

test('growth that commits late is not passed over', () =>
  inSchema(async (schema) => {
    const store = await open(schema)
    const options = { driver: pg, connection, location: 'test', schema, maxConnections: 1 }
    const database = openDatabase(options)
    const cursor = await readGrowthCursor(database)
    const late = await admin.connect()
    await late.query(
      `BEGIN; INSERT INTO "${schema}".event_logs VALUES ('late', 1, 1, pg_current_xact_id())`,
    )
    await store.events.append([{ answerId: 'early', run: 1, events }])
    const first = await readGrowth(database, cursor)
    expect(first.grown).toEqual([{ answerId: 'early', lastSeq: 1 }])
    await late.query('COMMIT')
    late.release()
    await store.events.append([{ answerId: 'next', run: 1, events }])
    const second = await readGrowth(database, first.cursor)
    expect(second.grown.map(({ answerId }) => answerId)).toEqual(
      expect.arrayContaining(['late', 'next']),
    )
    const third = await readGrowth(database, second.cursor)
    expect(third.grown.map(({ answerId }) => answerId)).not.toContain('late')
    await database.close()
  }))

function expectRefused(error: unknown): void {
  expect(error).toMatchObject({ code: expect.stringMatching(/^(NOT_FOUND|STALE_RUN)$/) })
}

function said(content: string, createdAtMs = 1) {
  return { message: { role: 'user', content }, createdAtMs, tokens } as const
}

function asked(id: string) {
  return { id, pipeline: 'p', input: 'hello', createdAtMs: 1 }
}
