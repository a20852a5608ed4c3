import { accessSync, constants, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Database } from './database.ts'
import { isSqliteError, SqliteBackendError } from './errors.ts'
import { migrate } from './schema.ts'

/**
 * How hard a commit is written to disk. `normal`: survives the death of the process, and an
 * operating system crash or power cut may take the last commits. `full`: one `fsync` per commit, for
 * which every add and every finished job waits.
 */
export type Synchronous = 'normal' | 'full'

export interface DatabaseOptions {
  readonly synchronous: Synchronous
  readonly busyTimeoutMs: number
  readonly now: number
}

/** The file's one true path, by which users of the same file find each other; makes its folder. */
export function canonicalPath(path: string): string {
  const absolute = resolve(path)
  const folder = dirname(absolute)
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.R_OK | constants.W_OK)
    return existsSync(absolute)
      ? realpathSync(absolute)
      : join(realpathSync(folder), basename(absolute))
  } catch (error) {
    throw cannotOpen(absolute, `the folder ${folder} cannot be written to`, error)
  }
}

/**
 * Opens or creates the queue file in WAL mode at the current schema.
 *
 * @throws SqliteBackendError `CANNOT_OPEN`, `NOT_A_DATABASE` or `NEWER_SCHEMA`, each naming the path.
 */
export function openDatabase(path: string, options: DatabaseOptions): Database {
  const sqlite = openFile(path)
  try {
    sqlite.exec(`PRAGMA busy_timeout = ${options.busyTimeoutMs}`)
    enterWalMode(sqlite, path, options.busyTimeoutMs)
    // Checkpoints run in a thread of their own; see checkpointer.ts.
    sqlite.exec('PRAGMA wal_autocheckpoint = 0')
    sqlite.exec('PRAGMA foreign_keys = ON')
    sqlite.exec(`PRAGMA synchronous = ${options.synchronous}`)
    const database = new Database(path, sqlite, options.busyTimeoutMs)
    migrate(database, options.now)
    return database
  } catch (error) {
    sqlite.close()
    throw explained(path, error)
  }
}

function openFile(path: string): DatabaseSync {
  if (existsSync(path) && !statSync(path).isFile()) {
    throw cannotOpen(path, 'it is not a file')
  }
  try {
    return new DatabaseSync(path)
  } catch (error) {
    throw explained(path, error)
  }
}

/**
 * The first switch to WAL mode needs the file alone and does not wait for the busy timeout, so
 * processes that create the file together take turns here.
 */
function enterWalMode(sqlite: DatabaseSync, path: string, patienceMs: number): void {
  const pauseMs = 20
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    try {
      const mode = sqlite.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode
      if (mode === 'wal') return
      throw cannotOpen(path, `its file system does not support write-ahead logging (got ${mode})`)
    } catch (error) {
      if (!isSqliteError(error, 'busy') || waitedMs >= patienceMs) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs)
    }
  }
}

function explained(path: string, error: unknown): unknown {
  if (isSqliteError(error, 'notADatabase')) {
    return new SqliteBackendError(
      'NOT_A_DATABASE',
      path,
      `${path} is not an SQLite database. Give the queue a path of its own, or move that file away.`,
      error,
    )
  }
  if (isSqliteError(error, 'busy')) {
    return new SqliteBackendError(
      'LOCKED',
      path,
      `Another process keeps the queue file ${path} locked. Look for a stopped process that has it open.`,
      error,
    )
  }
  if (isSqliteError(error, 'readOnly')) return cannotOpen(path, 'it is read-only', error)
  if (isSqliteError(error, 'cannotOpen')) return cannotOpen(path, 'SQLite cannot open it', error)
  return error
}

function cannotOpen(path: string, why: string, cause?: unknown): SqliteBackendError {
  const advice = 'Give this user read and write access there, or choose another path.'
  return new SqliteBackendError(
    'CANNOT_OPEN',
    path,
    `The queue file ${path} cannot be opened: ${why}. ${advice}`,
    cause,
  )
}
