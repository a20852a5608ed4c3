export type { QueueClock } from './clock.ts'
export {
  createSqliteBackend,
  type SqliteBackendOptions,
  type SqliteConnection,
} from './create-sqlite-backend.ts'
export {
  isSqliteBackendError,
  SqliteBackendError,
  type SqliteBackendErrorCode,
} from './errors.ts'
export { JobError } from './job-errors.ts'
export type { Synchronous } from './open-database.ts'
export { SqliteQueueBackend } from './sqlite-backend.ts'
