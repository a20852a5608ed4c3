/**
 * A bounded number of connections to one schema of one Postgres database.
 *
 * A statement by itself is a transaction of its own, and most writes of the stores are one statement,
 * which is one way to the server and back. What needs several runs in `write`, on one connection. The
 * server ends a transaction whose process has stopped answering, so that the rows that it has locked
 * are not locked for ever.
 *
 * Statements name their tables as `holdfast.turns`; another schema is put in its place.
 */
import type pg from 'pg'
import { isHoldfastError } from '../../base/errors.ts'
import { RowReader } from '../shared/row-reader.ts'
import { storeUnavailable } from '../shared/store-error.ts'
import { type Listener, type Listening, openListening } from './listening.ts'
import type { Driver } from './load-driver.ts'
import { isConflict, sqlState, toStoreError } from './postgres-error.ts'
import { type SqlValue, toParameter, valueTypes } from './sql-values.ts'

export interface DatabaseOptions {
  readonly driver: Driver
  /** `postgres://user:password@host:port/database`. */
  readonly connection: string
  /** The address to show, without credentials. */
  readonly location: string
  readonly schema: string
  readonly maxConnections: number
}

export interface Statements {
  get<T>(
    sql: string,
    values: readonly SqlValue[],
    read: (row: RowReader) => T,
  ): Promise<T | undefined>
  /** The row of a statement that always returns one. */
  one<T>(sql: string, values: readonly SqlValue[], read: (row: RowReader) => T): Promise<T>
  all<T>(sql: string, values: readonly SqlValue[], read: (row: RowReader) => T): Promise<T[]>
  /** Returns how many rows it changed. */
  run(sql: string, values: readonly SqlValue[]): Promise<number>
}

/** A text of a statement is prepared once per connection, so it must not be made from values. */
export interface Database extends Statements {
  readonly location: string
  readonly schema: string
  /**
   * Runs `work` in one transaction: all of it or, when it throws, none. Each statement sees what was
   * committed before it. `work` runs again when the server has it give way to another transaction.
   */
  write<T>(work: (statements: Statements) => Promise<T>): Promise<T>
  /** Runs `work` on one unchanging view. */
  view<T>(work: (statements: Statements) => Promise<T>): Promise<T>
  /** Runs `work` in one transaction while no other process is in here, however long it takes. */
  exclusive<T>(work: (statements: Statements & Scripts) => Promise<T>): Promise<T>
  /** Opens a connection of its own that hears the notifications of a channel. */
  listen(channel: string, listener: Listener): Promise<Listening>
  /** Waits for the statements that are under way. Closing again does nothing. */
  close(): Promise<void>
}

export interface Scripts {
  /** Runs several statements without values, such as a migration. */
  script(sql: string): Promise<void>
}

/** A connection within a data centre takes milliseconds; whoever waits this long waits for nothing. */
const connectTimeoutMs = 5_000
/** Longer than any wait for a lock, and than a read of a thousand turns over a slow line. */
const statementTimeoutMs = 15_000
/** As long as SQLite waits by default: writes last milliseconds. */
const lockTimeoutMs = 5_000
/** A transaction of ours does nothing between its statements that takes time. */
const idleTimeoutMs = 10_000
/** The longest that a timer takes. */
const foreverMs = 2 ** 31 - 1

const limits = `SET LOCAL lock_timeout = ${lockTimeoutMs};
  SET LOCAL idle_in_transaction_session_timeout = ${idleTimeoutMs}`
const beginWrite = `BEGIN ISOLATION LEVEL READ COMMITTED; ${limits}`
const beginView = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${limits}`

/** How often a transaction is made again before it is given up. */
const mostAttempts = 10

export function openDatabase(options: DatabaseOptions): Database {
  const { driver, connection, location, schema, maxConnections } = options
  const config = {
    connectionString: connection,
    application_name: 'holdfast',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: statementTimeoutMs,
    keepAlive: true,
    types: valueTypes(driver),
  }
  const pool = new driver.Pool({ ...config, max: maxConnections })
  // The pool drops an idle connection that is lost, and makes another one when it is needed.
  pool.on('error', ignoreLoss)
  const prepared = new Map<string, { readonly name: string; readonly text: string }>()
  let closing: Promise<void> | undefined

  const inSchema = (sql: string): string => sql.replaceAll('holdfast.', `"${schema}".`)
  const prepare = (sql: string) => {
    const known = prepared.get(sql)
    if (known) return known
    const statement = { name: `holdfast_${prepared.size}`, text: inSchema(sql) }
    prepared.set(sql, statement)
    return statement
  }

  /** Runs `work` on a connection of the pool, again where the server asks for it. */
  async function onConnection<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    if (closing) throw storeUnavailable(location, 'it has been closed. Open it again')
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(pool, work)
      } catch (error) {
        if (attempt === mostAttempts || !isConflict(error)) throw toStoreError(location, error)
      }
    }
  }

  const execute = (client: pg.PoolClient, sql: string, values: readonly SqlValue[]) =>
    client.query({ ...prepare(sql), values: values.map(toParameter) })

  type Execute = (sql: string, values: readonly SqlValue[]) => Promise<pg.QueryResult>
  const statementsBy = (execute: Execute): Statements => ({
    async get(sql, values, read) {
      const { rows } = await execute(sql, values)
      return rows[0] && read(new RowReader(location, rows[0]))
    },
    async one(sql, values, read) {
      const { rows } = await execute(sql, values)
      return read(new RowReader(location, rows[0]))
    },
    async all(sql, values, read) {
      const { rows } = await execute(sql, values)
      return rows.map((row) => read(new RowReader(location, row)))
    },
    async run(sql, values) {
      const { rowCount } = await execute(sql, values)
      return rowCount ?? 0
    },
  })
  const statementsOn = (client: pg.PoolClient) =>
    statementsBy((sql, values) => execute(client, sql, values))

  async function inTransaction<T>(
    begin: string,
    work: (statements: Statements & Scripts) => Promise<T>,
  ): Promise<T> {
    return onConnection(async (client) => {
      const script = async (text: string) => {
        const patient = { text: inSchema(text), query_timeout: foreverMs }
        await client.query(patient)
      }
      await script(begin)
      try {
        const result = await work({ ...statementsOn(client), script })
        await client.query('COMMIT')
        return result
      } catch (error) {
        // A connection that is lost is dropped, and its transaction with it.
        if (leavesConnection(error)) await client.query('ROLLBACK')
        throw error
      }
    })
  }

  return {
    location,
    schema,
    ...statementsBy((sql, values) => onConnection((client) => execute(client, sql, values))),
    write: (work) => inTransaction(beginWrite, work),
    view: (work) => inTransaction(beginView, work),
    exclusive: (work) =>
      inTransaction(
        `BEGIN ISOLATION LEVEL READ COMMITTED;
         SELECT pg_advisory_xact_lock(hashtextextended('holdfast ${schema}', 0))`,
        work,
      ),
    async listen(channel, listener) {
      try {
        return await openListening(new driver.Client(config), channel, listener)
      } catch (error) {
        throw toStoreError(location, error)
      }
    },
    close() {
      closing ??= pool.end()
      return closing
    },
  }
}

/** Runs `work` once; a connection on which something else failed than a statement is not used again. */
async function once<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  client.on('error', ignoreLoss)
  let usable = false
  try {
    const result = await work(client)
    usable = true
    return result
  } catch (error) {
    usable = leavesConnection(error)
    throw error
  } finally {
    client.off('error', ignoreLoss)
    client.release(!usable)
  }
}

/** A statement was refused, or the work gave up by itself: the connection can be used again. */
function leavesConnection(error: unknown): boolean {
  return sqlState(error) !== undefined || isHoldfastError(error)
}

/** The loss of a connection would end the process unheard; whoever uses it next meets the error. */
function ignoreLoss(): void {}
