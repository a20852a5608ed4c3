import { type Clock, systemClock } from '../base/clock.ts'
import { connectionAddress } from '../base/connection-address.ts'
import { invalidConfig } from '../base/errors.ts'
import { createAnswers } from './postgres/answers.ts'
import { createChecks } from './postgres/checks.ts'
import { createConversations } from './postgres/conversations.ts'
import { type Database, openDatabase } from './postgres/database.ts'
import { readGrowth, readGrowthCursor } from './postgres/event-fence.ts'
import { createEvents } from './postgres/events.ts'
import { createGrowthWatch } from './postgres/growth-watch.ts'
import { loadDriver } from './postgres/load-driver.ts'
import { migrate } from './postgres/migrations.ts'
import { createPrecomputed } from './postgres/precomputed.ts'
import { createTickets } from './postgres/tickets.ts'
import { createTraces } from './postgres/traces.ts'
import type { Stores } from './shared/stores.ts'

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`, with the parameters that `pg` knows. */
  readonly connection: string
  /**
   * The schema that holds the tables, made where there is none: at most 48 small letters, digits and
   * underscores. Default `holdfast`.
   */
  readonly schema?: string
  /** Connections that are open at the same time, beside one that listens. Default 10. */
  readonly maxConnections?: number
  readonly clock?: Clock
}

/** The stores in one schema of a database. */
/** All stores in one schema of a database. */
export type PostgresStore = Stores

/** Each is a process on the server, whose usual limit is 100 for all; a statement takes milliseconds. */
const defaultMaxConnections = 10

/**
 * Opens the stores in a schema of a Postgres database (13 or later), bringing it up to date. Any number
 * of processes on any number of machines may have it open. It needs the package `pg`.
 *
 * @throws INVALID_CONFIG for an option that cannot work; STORE_UNAVAILABLE, with the address and the
 * way out, where the database cannot be used.
 *
 * @example
 * const store = await openPostgresStore({ connection: 'postgres://app@db.internal/app' })
 * const memory = await store.conversations.readMemory('user-1', 12)
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { connection, schema = 'holdfast', maxConnections = defaultMaxConnections } = options
  const location = connectionAddress(String(connection))
  if (!/^postgres(ql)?:\/\/[^…]/.test(location)) {
    throw invalidConfig('connection', location, 'postgres://user:password@host:port/database')
  }
  if (!/^[a-z_][a-z0-9_]{0,47}$/.test(schema)) {
    throw invalidConfig('schema', schema, 'at most 48 small letters, digits and underscores')
  }
  if (!Number.isSafeInteger(maxConnections) || maxConnections < 1) {
    throw invalidConfig('maxConnections', maxConnections, 'a whole number from 1')
  }
  const driver = await loadDriver(location)
  const clock = options.clock ?? systemClock
  const database = openDatabase({ driver, connection, location, schema, maxConnections })
  try {
    await migrate(database, clock)
    return await createStores(database, clock)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function createStores(database: Database, clock: Clock): Promise<PostgresStore> {
  const channel = `${database.schema}_events`
  const growth = createGrowthWatch({
    clock,
    cursor: await readGrowthCursor(database),
    look: (cursor) => readGrowth(database, cursor),
    listen: (listener) => database.listen(channel, listener),
    async notify(payloads) {
      await database.run('SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload', [
        channel,
        payloads,
      ])
    },
  })
  return {
    conversations: createConversations(database),
    answers: createAnswers(database, clock),
    events: createEvents(database, clock, growth),
    traces: createTraces(database),
    precomputed: createPrecomputed(database),
    tickets: createTickets(database),
    checks: createChecks(database),
    async close() {
      await growth.close()
      await database.close()
    },
  }
}
