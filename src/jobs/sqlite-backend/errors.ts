/**
 * What can go wrong with the file itself. Errors about a job (`Missing lock for job 7`) are BullMQ's
 * own and stand in `job-errors.ts`.
 */

/**
 * - `INVALID_OPTION`: an option of `createSqliteBackend` has a value that cannot work.
 * - `CANNOT_OPEN`: the folder or the file cannot be created, read or written.
 * - `NOT_A_DATABASE`: the file holds something else.
 * - `NEWER_SCHEMA`: the file was written by a later version of this backend.
 * - `LOCKED`: another process held the write lock for longer than `busyTimeoutMs`.
 * - `CLOSED`: the Queue, Worker or QueueEvents of this backend was closed before the call.
 */
export type SqliteBackendErrorCode =
  | 'INVALID_OPTION'
  | 'CANNOT_OPEN'
  | 'NOT_A_DATABASE'
  | 'NEWER_SCHEMA'
  | 'LOCKED'
  | 'CLOSED'

const brand = Symbol.for('bullmq-sqlite-backend.error')

/** An error of the SQLite backend; `path` is the file that it is about. */
export class SqliteBackendError extends Error {
  readonly code: SqliteBackendErrorCode
  readonly path: string

  constructor(code: SqliteBackendErrorCode, path: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'SqliteBackendError'
    this.code = code
    this.path = path
    Object.defineProperty(this, brand, { value: true })
  }
}

/** Whether a value is an error of the SQLite backend, also one of another copy of this package. */
export function isSqliteBackendError(value: unknown): value is SqliteBackendError {
  return typeof value === 'object' && value !== null && brand in value
}

/** Result codes of SQLite that this backend tells apart; see https://sqlite.org/rescode.html. */
const resultCode = { busy: 5, readOnly: 8, cannotOpen: 14, notADatabase: 26 } as const

/** Whether an error of `node:sqlite` has that result code, extended or not. */
export function isSqliteError(error: unknown, code: keyof typeof resultCode): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false
  return typeof error.errcode === 'number' && (error.errcode & 0xff) === resultCode[code]
}
