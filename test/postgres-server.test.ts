/** What only a server of its own can do to a store: lose connections, refuse, be of another release. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { systemClock } from '../src/base/clock.ts'
import { isHoldfastError } from '../src/base/errors.ts'
import { openPostgresStore, type PostgresStore } from '../src/store/open-postgres-store.ts'
import { createAnswers } from '../src/store/postgres/answers.ts'
import { createConversations } from '../src/store/postgres/conversations.ts'
import { type Database, openDatabase } from '../src/store/postgres/database.ts'
import { readGrowth, readGrowthCursor } from '../src/store/postgres/event-fence.ts'
import { createEvents } from '../src/store/postgres/events.ts'
import { createGrowthWatch } from '../src/store/postgres/growth-watch.ts'
import { migrate, migrations, schemaVersion } from '../src/store/postgres/migrations.ts'
import { createPrecomputed } from '../src/store/postgres/precomputed.ts'
import type { SqlValue } from '../src/store/postgres/sql-values.ts'
import { createTickets } from '../src/store/postgres/tickets.ts'
import { createTraces } from '../src/store/postgres/traces.ts'
import type { Migration } from '../src/store/shared/migration.ts'
import { useEveryMethod } from '../src/testing/use-every-method.ts'
import { testSchemas } from './postgres-schema.ts'

const connection = inject('postgresUrl')
const { admin, inSchema, open } = testSchemas(connection)
const tokens = { ascii: 1, other: 0 }

afterAll(() => admin.end())

describe('connections', () => {
  test('that the server ends are replaced', () =>
    inSchema(async (schema) => {
      const store = await open(schema)
      await Promise.all([append(store, '1'), append(store, '2'), append(store, '3')])
      await endConnections(schema)
      // Whether a statement under way was done is not known, so that it is not made again unasked.
      await retry(() => append(store, '4'))
      const turns = await store.conversations.readTurns('c')
      expect(turns.at(-1)?.message.content).toBe('4')
      expect(turns.map((turn) => turn.seq)).toEqual(turns.map((_, index) => index + 1))
    }))

  test('that listen are replaced and miss nothing', () =>
    inSchema(async (schema) => {
      const [mine, theirs] = [await open(schema), await open(schema)]
      const heard = new Set<string>()
      let check = () => {}
      mine.events.watch((answerId) => {
        heard.add(answerId)
        check()
      })
      const hears = (answerId: string) =>
        new Promise<void>((resolve) => {
          check = () => {
            if (heard.has(answerId)) resolve()
          }
          check()
        })
      await write(theirs, 'before')
      await hears('before')
      await endConnections(schema)
      await retry(() => write(theirs, 'away'))
      await hears('away')
      await write(theirs, 'after')
      await hears('after')
    }))

  test('are as many as were asked for', () =>
    inSchema(async (schema) => {
      const store = await open(schema, { maxConnections: 2 })
      await Promise.all(Array.from({ length: 30 }, (_, index) => append(store, `${index}`)))
      const { rows } = await admin.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE $1`,
        [`%"${schema}"%`],
      )
      expect(rows[0].n).toBeLessThanOrEqual(2)
      expect(await store.conversations.readTurns('c')).toHaveLength(30)
    }))

  test('end when the store is closed', () =>
    inSchema(async (schema) => {
      const store = await openPostgresStore({ connection, schema })
      store.events.watch(() => {})
      await write(store, 'a')
      await store.close()
      await store.close()
      await expect(append(store, '1')).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(/has been closed. Open it again/),
      })
    }))
})

test('ids may hold every character', () =>
  inSchema(async (schema) => {
    const store = await open(schema)
    const ids = ['\0', '\u0001', '\u00010', "'; DROP TABLE x --", '𝔘 ü', '', ' ', '"', '\\']
    for (const id of ids) {
      await store.conversations.append(id, [said(id)], { idempotencyKey: id, userId: id })
      await store.conversations.setPin(id, id, { text: id, tokens })
      await store.answers.create({ ...asked(id), conversationId: id, idempotencyKey: id })
      await write(store, id)
    }
    for (const id of ids) {
      const exported = await store.conversations.exportConversation(id)
      expect(exported).toMatchObject({
        conversationId: id,
        userId: id,
        pins: [{ key: id, text: id }],
      })
      expect(exported.answers.map((answer) => answer.id)).toEqual([id])
      expect((await store.conversations.readMemory(id, 1)).pins).toEqual(exported.pins)
      expect(await store.events.read(id, 0)).toHaveLength(1)
      expect(await store.conversations.deleteUser(id)).toMatchObject({ turns: 1, events: 1 })
    }
  }))

test('an id that no index takes is refused', () =>
  inSchema(async (schema) => {
    const { conversations } = await open(schema)
    const setting = conversations.setPin('c', randomBytes(4_000).toString('hex'), {
      text: 'x',
      tokens,
    })
    await expect(setting).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    const long = randomBytes(1_300).toString('hex')
    await conversations.setPin(long, 'k', { text: 'x', tokens })
    expect((await conversations.readMemory(long, 1)).pins).toHaveLength(1)
  }))

describe('migrations', () => {
  const one: Migration = { version: 1, name: 'first', sql: 'CREATE TABLE holdfast.a (x int)' }
  const two: Migration = {
    version: 2,
    name: 'second',
    sql: 'ALTER TABLE holdfast.a ADD COLUMN y int',
  }
  const broken: Migration = {
    version: 2,
    name: 'broken',
    sql: 'CREATE TABLE holdfast.b (x int); NONSENSE',
  }

  test('versions run from 1 without a gap', () => {
    expect(migrations.map((step) => step.version)).toEqual(migrations.map((_, index) => index + 1))
  })

  test('processes that open together apply each once', () =>
    inSchema(async (schema) => {
      const stores = await Promise.all(Array.from({ length: 6 }, () => open(schema)))
      expect(stores).toHaveLength(6)
      const { rows } = await admin.query(`SELECT version FROM "${schema}".schema_versions`)
      expect(rows).toHaveLength(migrations.length)
    }))

  test('a step that fails leaves the one before', () =>
    withDatabase(async (database, schema) => {
      await migrate(database, systemClock, [one])
      await expect(migrate(database, systemClock, [one, broken])).rejects.toThrow(/NONSENSE/)
      expect(await schemaVersion(database, schema)).toBe(1)
      expect(await tablesOf(schema)).toEqual(['a', 'schema_versions'])
      await migrate(database, systemClock, [one, two])
      expect(await schemaVersion(database, schema)).toBe(2)
    }))

  test('a schema from the future is refused untouched', () =>
    withDatabase(async (database, schema) => {
      await migrate(database, systemClock, [{ ...one, version: migrations.length + 6 }])
      await expect(openPostgresStore({ connection, schema })).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(/newer release of holdfast.*Upgrade holdfast/),
      })
      expect(await tablesOf(schema)).toEqual(['a', 'schema_versions'])
    }))

  test('a user who may not create opens what is there', () =>
    inSchema(async (schema) => {
      await (await openPostgresStore({ connection, schema })).close()
      const user = `${schema}_user`
      const asUser = new URL(connection)
      asUser.username = user
      asUser.password = 'a-secret'
      try {
        await admin.query(`CREATE ROLE ${user} LOGIN PASSWORD 'a-secret'`)
        await expect(
          openPostgresStore({ connection: asUser.href, schema: `${schema}_other` }),
        ).rejects.toMatchObject({ message: expect.stringMatching(/the user may not do this/) })
        await admin.query(`
          GRANT USAGE ON SCHEMA ${schema} TO ${user};
          GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${user}`)
        const store = await openPostgresStore({ connection: asUser.href, schema })
        await useEveryMethod(store)
        await store.close()
      } finally {
        await admin.query(`DROP OWNED BY ${user}`)
        await admin.query(`DROP ROLE ${user}`)
      }
    }))
})

describe('a database that cannot be used', () => {
  test('that is not there is named without credentials', async () => {
    const missing = new URL(connection)
    missing.pathname = '/missing'
    missing.password = 'a-secret'
    const opening = openPostgresStore({ connection: missing.href })
    await expect(opening).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      data: { location: expect.stringMatching(/^postgres(ql)?:\/\/[^@]*\/missing$/) },
      message: expect.stringMatching(/\/missing" cannot be used: there is no such database/),
    })
  })

  test('with an encoding that loses characters is refused', async () => {
    const name = `test_${process.pid}_ascii`
    await admin.query(`CREATE DATABASE ${name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0`)
    try {
      const ascii = new URL(connection)
      ascii.pathname = `/${name}`
      await expect(openPostgresStore({ connection: ascii.href })).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(/encoding of the database is SQL_ASCII/),
      })
    } finally {
      await admin.query(`DROP DATABASE ${name}`)
    }
  })

  test('whose schema was dropped says so', () =>
    inSchema(async (schema) => {
      const store = await open(schema)
      await admin.query(`DROP SCHEMA "${schema}" CASCADE`)
      await expect(append(store, '1')).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(/has been dropped/),
      })
    }))
})

test('no read or write goes through a whole table', () =>
  withDatabase(async (database, schema) => {
    await migrate(database, systemClock)
    const used = new Map<string, readonly SqlValue[]>()
    const recorded = recording(database, used)
    const watch = createGrowthWatch({
      clock: systemClock,
      cursor: await readGrowthCursor(database),
      look: (cursor) => readGrowth(recorded, cursor),
      listen: (listener) => database.listen('test', listener),
      notify: async () => {},
    })
    await useEveryMethod({
      conversations: createConversations(recorded),
      answers: createAnswers(recorded, systemClock),
      events: createEvents(recorded, systemClock, watch),
      traces: createTraces(recorded),
      precomputed: createPrecomputed(recorded),
      tickets: createTickets(recorded),
    })
    await watch.close()
    expect(used.size).toBeGreaterThan(25)
    const scans: string[] = []
    for (const [sql, values] of used) {
      if (await scansTable(schema, sql, values)) scans.push(sql)
    }
    expect(scans).toEqual([])
  }))

/** The same database, noting each statement that is run on it with its last values. */
function recording(database: Database, used: Map<string, readonly SqlValue[]>): Database {
  const noting = <S extends Pick<Database, 'get' | 'one' | 'all' | 'run'>>(statements: S): S => ({
    ...statements,
    get: (sql, values, read) => statements.get(note(sql, values), values, read),
    one: (sql, values, read) => statements.one(note(sql, values), values, read),
    all: (sql, values, read) => statements.all(note(sql, values), values, read),
    run: (sql, values) => statements.run(note(sql, values), values),
  })
  const note = (sql: string, values: readonly SqlValue[]): string => {
    used.set(sql, values)
    return sql
  }
  return {
    ...noting(database),
    write: (work) => database.write((statements) => work(noting(statements))),
    view: (work) => database.view((statements) => work(noting(statements))),
  }
}

/** Whether the plan reads a whole table although it is told to avoid that where it can. */
async function scansTable(
  schema: string,
  sql: string,
  values: readonly SqlValue[],
): Promise<boolean> {
  const client = await admin.connect()
  try {
    await client.query('BEGIN; SET LOCAL enable_seqscan = off')
    const explain = `EXPLAIN ${sql.replaceAll('holdfast.', `"${schema}".`)}`
    const { rows } = await client.query(explain, [...values])
    await client.query('ROLLBACK')
    // Catalogs are small; tables of ours are not.
    return rows.some((row) => /Seq Scan on (?!pg_)/.test(row['QUERY PLAN']))
  } finally {
    client.release()
  }
}

function openTestDatabase(schema: string): Database {
  return openDatabase({ driver: pg, connection, location: 'test', schema, maxConnections: 2 })
}

function withDatabase(work: (database: Database, schema: string) => Promise<void>): Promise<void> {
  return inSchema(async (schema) => {
    const database = openTestDatabase(schema)
    try {
      await work(database, schema)
    } finally {
      await database.close()
    }
  })
}

async function tablesOf(schema: string): Promise<string[]> {
  const { rows } = await admin.query(
    'SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY tablename',
    [schema],
  )
  return rows.map((row) => row.tablename)
}

/** Ends every connection to the schema, as a restart of the server does. */
async function endConnections(schema: string): Promise<void> {
  await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'holdfast' AND query LIKE $1`,
    [`%${schema}%`],
  )
}

/** Does it again while the store says that it cannot be used. */
async function retry(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isHoldfastError(error, 'STORE_UNAVAILABLE')) throw error
    }
  }
}

function said(content: string) {
  return { message: { role: 'user', content }, createdAtMs: 1, tokens } as const
}

function asked(id: string) {
  return { id, pipeline: 'p', input: 'hello', createdAtMs: 1 }
}

async function append(store: PostgresStore, content: string): Promise<void> {
  await store.conversations.append('c', [said(content)])
}

async function write(store: PostgresStore, answerId: string): Promise<void> {
  await store.events.append([{ answerId, run: 1, events: [{ type: 'text-delta', text: 'x' }] }])
}
