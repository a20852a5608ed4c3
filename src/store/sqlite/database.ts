/**
 * One connection to one SQLite file, with the settings that the guarantees of the stores rest on.
 *
 * Every call is synchronous: within a process, statements of one connection never interleave. Between
 * processes, writers take turns by `BEGIN IMMEDIATE`, which waits for the lock at the start. A deferred
 * transaction would fail in its middle instead, when its view is older than another writer's commit.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { messageOf } from '../../base/errors.ts'
import { RowReader } from '../shared/row-reader.ts'
import { checkText, storeUnavailable } from '../shared/store-error.ts'
import { longLogPages } from './checkpoints.ts'
import { toStoreError } from './sqlite-error.ts'

export interface DatabaseOptions {
  /** A file, made with its folder where there is none, or `:memory:`. */
  readonly path: string
  readonly synchronous: 'normal' | 'full'
  /** How long a writer waits for the lock of another process before it fails. */
  readonly busyTimeoutMs: number
  /** Called after every transaction that wrote, for whoever takes care of checkpoints. */
  readonly onCommit?: () => void
}

export type SqlValue = string | number | null

/** Statements are prepared once per text, so a text must not be made from values. */
export interface Database {
  readonly location: string
  /** Lives in memory alone: there is no file, and no other process. */
  readonly inMemory: boolean
  get<T>(sql: string, values: readonly SqlValue[], read: (row: RowReader) => T): T | undefined
  all<T>(sql: string, values: readonly SqlValue[], read: (row: RowReader) => T): T[]
  /** Returns how many rows it changed. */
  run(sql: string, values: readonly SqlValue[]): number
  /** Runs several statements without values, such as a migration. */
  script(sql: string): void
  /** Runs `work` in one transaction that writes: all of it or, when it throws, none. */
  write<T>(work: () => T): T
  /** Runs `work` on one unchanging view. */
  view<T>(work: () => T): T
  /** Closing again does nothing. */
  close(): void
}

/** Opens a connection; throws STORE_UNAVAILABLE where the file cannot be used. */
export function openDatabase(options: DatabaseOptions): Database {
  const inMemory = options.path === ':memory:'
  if (!inMemory) makeFolder(options.path)
  const connection = connect(options)
  const statements = new Map<string, StatementSync>()
  let closed = false

  const guarded = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw toStoreError(options.path, error)
    }
  }
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql)
    if (known) return known
    const statement = connection.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  const run = (sql: string, values: readonly SqlValue[]): number =>
    guarded(() => Number(prepared(sql).run(...checkedValues(values)).changes))

  const transaction = <T>(begin: string, work: () => T): T => {
    run(begin, [])
    try {
      const result = work()
      run('COMMIT', [])
      return result
    } catch (error) {
      rollBack()
      throw error
    }
  }
  const rollBack = (): void => {
    try {
      connection.exec('ROLLBACK')
    } catch (error) {
      // After a full disk SQLite has rolled back by itself, and a second time is an error.
      if (connection.isTransaction) throw toStoreError(options.path, error)
    }
  }

  return {
    location: options.path,
    inMemory,
    get(sql, values, read) {
      const row = guarded(() => prepared(sql).get(...checkedValues(values)))
      return row && read(new RowReader(options.path, row))
    },
    all(sql, values, read) {
      const rows = guarded(() => prepared(sql).all(...checkedValues(values)))
      return rows.map((row) => read(new RowReader(options.path, row)))
    },
    run,
    script: (sql) => guarded(() => connection.exec(sql)),
    write(work) {
      const result = transaction('BEGIN IMMEDIATE', work)
      options.onCommit?.()
      return result
    },
    view: (work) => transaction('BEGIN', work),
    close() {
      if (closed) return
      closed = true
      statements.clear()
      connection.close()
    },
  }
}

function makeFolder(path: string): void {
  const folder = dirname(path)
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    const wayOut = `the folder ${JSON.stringify(folder)} cannot be made (${messageOf(error)}). Give the process write access there, or set another path`
    throw storeUnavailable(path, wayOut, error)
  }
}

function connect(options: DatabaseOptions): DatabaseSync {
  let connection: DatabaseSync | undefined
  try {
    connection = new DatabaseSync(options.path)
    connection.exec(`PRAGMA busy_timeout = ${options.busyTimeoutMs}`)
    enterWal(connection)
    connection.exec(`PRAGMA synchronous = ${options.synchronous}`)
    if (options.onCommit) connection.exec(`PRAGMA wal_autocheckpoint = ${longLogPages}`)
    connection.exec('PRAGMA foreign_keys = ON')
    // Deleted texts are overwritten with zeros, not only unlinked: a deleted conversation is gone.
    connection.exec('PRAGMA secure_delete = ON')
    return connection
  } catch (error) {
    connection?.close()
    throw toStoreError(options.path, error)
  }
}

/** How often the change to WAL is tried while other processes open the same new file. */
const walAttempts = 20

/**
 * Processes that open a new file at the same moment get "locked" from this pragma at once, since the
 * busy timeout does not hold for it. An empty write transaction does wait, and then it is tried again.
 */
function enterWal(connection: DatabaseSync): void {
  for (let attempt = 1; ; attempt++) {
    try {
      connection.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (attempt === walAttempts || !isBusy(error)) throw error
      connection.exec('BEGIN IMMEDIATE; COMMIT')
    }
  }
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && 'errcode' in thrown && thrown.errcode === 5
}

function checkedValues(values: readonly SqlValue[]): readonly SqlValue[] {
  for (const value of values) if (typeof value === 'string') checkText(value)
  return values
}
