import type { BackendFactory, QueueBaseOptions, WorkerOptions } from 'bullmq'
import { machineClock, type QueueClock } from './clock.ts'
import { SqliteBackendError } from './errors.ts'
import { clientName, defaultPrefix } from './keys.ts'
import { canonicalPath, type Synchronous } from './open-database.ts'
import { QueueFile, type QueueFileOptions } from './queue-file.ts'
import { SqliteQueueBackend, type WorkerSettings } from './sqlite-backend.ts'

export interface SqliteBackendOptions {
  /** The file that holds the queues; it and its folder are made if they are missing. */
  readonly path: string
  /**
   * `normal` (default): an acknowledged job survives the death of the process. `full`: it survives a
   * power cut too, for one `fsync` per commit.
   */
  readonly synchronous?: Synchronous
  /** How often an idle process looks for writes of others that the system did not tell of. Default 250 ms. */
  readonly pollMs?: number
  /** How long a transaction waits for one of another process. Default 5,000 ms. */
  readonly busyTimeoutMs?: number
  /** Default: the clock of the machine, by which BullMQ goes too. */
  readonly clock?: QueueClock
}

/** BullMQ asks every Queue and Worker for a `connection`; the path is known here, so it is `{}`. */
export type SqliteConnection = Record<string, never>

/** Rarely waited for: systems tell of writes at once, and looking costs a few microseconds. */
const defaultPollMs = 250
/** SQLite's usual choice; transactions here take well under a millisecond. */
const defaultBusyTimeoutMs = 5_000

/**
 * Makes BullMQ run on one SQLite file: the result is the last argument of `Queue`, `Worker`,
 * `QueueEvents` and `FlowProducer`.
 *
 * @throws SqliteBackendError `INVALID_OPTION`. Opening the file happens when a Queue or Worker is
 * constructed, which then throws `CANNOT_OPEN`, `NOT_A_DATABASE` or `NEWER_SCHEMA`.
 *
 * @example
 * const backend = createSqliteBackend({ path: './data/queue.db' })
 * const queue = new Queue('emails', { connection: {} }, backend)
 * const worker = new Worker('emails', async (job) => send(job.data), { connection: {} }, backend)
 */
export function createSqliteBackend(
  options: SqliteBackendOptions,
): BackendFactory<SqliteQueueBackend, SqliteConnection> {
  const checked = check(options)
  return (queueName, bullOptions, usage = {}) => {
    const path = canonicalPath(checked.path)
    const settings = settingsOf(bullOptions)
    const prefix = settings.prefix ?? defaultPrefix
    const workerSuffix = settings.name ? `:w:${settings.name}` : ''
    const listedAs = usage.withBlockingConnection
      ? clientName(prefix, queueName, workerSuffix)
      : undefined
    const file = QueueFile.acquire({ ...checked, path })
    return new SqliteQueueBackend({ file, prefix, queueName, listedAs, ownsFile: true }, settings)
  }
}

/** BullMQ hands over the options of the Queue or Worker as they are, under the type of their base. */
function settingsOf(
  options: QueueBaseOptions<SqliteConnection> & Partial<WorkerOptions<SqliteConnection>>,
): WorkerSettings & { readonly prefix?: string } {
  return options
}

function check(options: SqliteBackendOptions): QueueFileOptions {
  const {
    path,
    synchronous = 'normal',
    pollMs = defaultPollMs,
    busyTimeoutMs = defaultBusyTimeoutMs,
    clock = machineClock,
  } = options
  if (typeof path !== 'string' || path === '' || path === ':memory:') {
    throw invalid(path, 'path', path, 'the path of a file, such as "./data/queue.db"')
  }
  if (synchronous !== 'normal' && synchronous !== 'full') {
    throw invalid(path, 'synchronous', synchronous, '"normal" or "full"')
  }
  if (!(pollMs >= 1)) throw invalid(path, 'pollMs', pollMs, 'milliseconds, at least 1')
  if (!(Number.isInteger(busyTimeoutMs) && busyTimeoutMs >= 0)) {
    throw invalid(path, 'busyTimeoutMs', busyTimeoutMs, 'whole milliseconds, at least 0')
  }
  return { path, synchronous, pollMs, busyTimeoutMs, clock }
}

function invalid(path: string, option: string, value: unknown, expected: string) {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return new SqliteBackendError(
    'INVALID_OPTION',
    path,
    `Option ${option} of createSqliteBackend is ${shown}; expected ${expected}.`,
  )
}
