import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { isSqliteError, SqliteBackendError } from './errors.ts'

/**
 * One connection to the file: cached prepared statements, write transactions, consistent reads.
 *
 * Everything here is synchronous, so within a process nothing can come between the statements of a
 * transaction; other processes are kept out by `BEGIN IMMEDIATE`.
 */
export class Database {
  readonly path: string
  readonly #busyTimeoutMs: number
  /** Rows written since the file was opened; a measure for how much the write-ahead log has grown. */
  writtenRows = 0
  readonly #sqlite: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(path: string, sqlite: DatabaseSync, busyTimeoutMs: number) {
    this.path = path
    this.#sqlite = sqlite
    this.#busyTimeoutMs = busyTimeoutMs
  }

  /** The first row, if there is one. The caller names the columns that its SQL selects. */
  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    const row: unknown = this.#prepared(sql).get(...values)
    return row as Row | undefined
  }

  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    const rows: unknown = this.#prepared(sql).all(...values)
    return rows as Row[]
  }

  /** Runs a write and returns the number of rows that it changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    const changes = Number(this.#prepared(sql).run(...values).changes)
    this.writtenRows += changes
    return changes
  }

  /** Runs several statements that take no values, such as a migration. */
  script(sql: string): void {
    this.#sqlite.exec(sql)
  }

  /**
   * Runs `work` in one write transaction: all of it is committed, or, when it throws, none. Waits for
   * other processes on the spot, so it is for opening and closing; see `tryExclusively`.
   */
  exclusively<Result>(work: () => Result): Result {
    try {
      this.#control('BEGIN IMMEDIATE')
    } catch (error) {
      throw isSqliteError(error, 'busy') ? this.lockedError(error) : error
    }
    return this.#finish(work)
  }

  /** The same without waiting: returns nothing when another process holds the write lock. */
  tryExclusively<Result>(work: () => Result): { value: Result } | undefined {
    return this.#tryBegin() ? { value: this.#finish(work) } : undefined
  }

  lockedError(cause?: unknown): SqliteBackendError {
    return new SqliteBackendError(
      'LOCKED',
      this.path,
      `Other processes kept the queue file ${this.path} locked for ${this.#busyTimeoutMs} ms. Look for ` +
        'a long transaction or a stopped process that has the file open, or raise busyTimeoutMs.',
      cause,
    )
  }

  /** Runs several reads that see the same moment. */
  consistently<Result>(read: () => Result): Result {
    this.#control('BEGIN')
    try {
      return read()
    } finally {
      this.#control('COMMIT')
    }
  }

  /** A number that changes whenever another connection has committed, and never by our own commits. */
  foreignVersion(): number {
    return this.get<{ data_version: number }>('PRAGMA data_version')?.data_version ?? 0
  }

  /**
   * Folds the write-ahead log into the database and has the next writer begin it anew. Gives way to
   * other processes instead of waiting for them; then the log begins anew another time.
   */
  restartLog(): void {
    this.#control('PRAGMA busy_timeout = 20')
    try {
      this.get('PRAGMA wal_checkpoint(RESTART)')
    } finally {
      this.#control(`PRAGMA busy_timeout = ${this.#busyTimeoutMs}`)
    }
  }

  close(): void {
    this.#statements.clear()
    this.#sqlite.close()
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const prepared = this.#sqlite.prepare(sql)
    this.#statements.set(sql, prepared)
    return prepared
  }

  /** Runs a statement that changes no rows; SQLite would report the changes of the one before it. */
  #control(sql: string): void {
    this.#prepared(sql).run()
  }

  #tryBegin(): boolean {
    this.#control('PRAGMA busy_timeout = 0')
    try {
      this.#control('BEGIN IMMEDIATE')
      return true
    } catch (error) {
      if (isSqliteError(error, 'busy')) return false
      throw error
    } finally {
      this.#control(`PRAGMA busy_timeout = ${this.#busyTimeoutMs}`)
    }
  }

  #finish<Result>(work: () => Result): Result {
    try {
      const result = work()
      this.#control('COMMIT')
      return result
    } catch (error) {
      this.#rollBack()
      throw error
    }
  }

  #rollBack(): void {
    // On a full disk and the like SQLite has rolled back by itself. Node tells so since 22.16.
    if (this.#sqlite.isTransaction !== false) this.#sqlite.exec('ROLLBACK')
  }
}
