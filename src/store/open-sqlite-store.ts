import { type Clock, systemClock } from '../base/clock.ts'
import { invalidConfig } from '../base/errors.ts'
import type { Stores } from './shared/stores.ts'
import { createAnswers } from './sqlite/answers.ts'
import { type Checkpoints, createCheckpoints } from './sqlite/checkpoints.ts'
import { createChecks } from './sqlite/checks.ts'
import { createConversations } from './sqlite/conversations.ts'
import { type Database, openDatabase } from './sqlite/database.ts'
import { createEvents } from './sqlite/events.ts'
import { createGrowthWatch } from './sqlite/growth-watch.ts'
import { migrate } from './sqlite/migrations.ts'
import { createPrecomputed } from './sqlite/precomputed.ts'
import { createTickets } from './sqlite/tickets.ts'
import { createTraces } from './sqlite/traces.ts'

export interface SqliteStoreOptions {
  /** The database file. It is made, with its folder, where there is none. */
  readonly path: string
  /**
   * What an acknowledged write survives. `normal` (the default): the end of the process at any moment.
   * `full`: also a power failure, at the price of waiting for the disk with every write.
   */
  readonly synchronous?: 'normal' | 'full'
  /** How long a write waits for one of another process before STORE_UNAVAILABLE. Default 5,000. */
  readonly busyTimeoutMs?: number
  readonly clock?: Clock
}

/** The stores in one file. */
/** All stores in one file. */
export type SqliteStore = Stores

/** A write lasts well under a millisecond, so whoever waits this long waits for something stuck. */
const defaultBusyTimeoutMs = 5_000

/**
 * Opens the stores in one SQLite file, bringing its schema up to date. Several processes may have the
 * file open, on one machine. Throws INVALID_CONFIG for an option that cannot work, and
 * STORE_UNAVAILABLE, with the path and the way out, where the file cannot be used.
 *
 * @example
 * const store = openSqliteStore({ path: '.data/holdfast.db' })
 * const memory = await store.conversations.readMemory('user-1', 12)
 */
export function openSqliteStore(options: SqliteStoreOptions): SqliteStore {
  const { path, synchronous = 'normal', busyTimeoutMs = defaultBusyTimeoutMs } = options
  if (typeof path !== 'string' || path === '') {
    throw invalidConfig('path', path, 'the path of a database file')
  }
  if (synchronous !== 'normal' && synchronous !== 'full') {
    throw invalidConfig('synchronous', synchronous, 'normal or full')
  }
  if (!Number.isSafeInteger(busyTimeoutMs) || busyTimeoutMs < 0) {
    throw invalidConfig('busyTimeoutMs', busyTimeoutMs, 'a whole number of milliseconds from 0')
  }
  const checkpoints = path === ':memory:' ? undefined : createCheckpoints(path)
  const database = openDatabase({
    path,
    synchronous,
    busyTimeoutMs,
    ...(checkpoints && { onCommit: checkpoints.noteCommit }),
  })
  const clock = options.clock ?? systemClock
  try {
    migrate(database, clock)
  } catch (error) {
    database.close()
    throw error
  }
  return createStores(database, clock, checkpoints)
}

function createStores(
  database: Database,
  clock: Clock,
  checkpoints: Checkpoints | undefined,
): SqliteStore {
  const file = database.inMemory ? undefined : `${database.location}-wal`
  const growth = createGrowthWatch({ database, clock, file })
  return {
    conversations: createConversations(database),
    answers: createAnswers(database, clock),
    events: createEvents(database, clock, growth),
    traces: createTraces(database),
    precomputed: createPrecomputed(database),
    tickets: createTickets(database),
    checks: createChecks(database),
    async close() {
      growth.close()
      await checkpoints?.close()
      database.close()
    },
  }
}
