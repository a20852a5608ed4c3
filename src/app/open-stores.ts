import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { connectionAddress } from '../base/connection-address.ts'
import { HoldfastError, invalidConfig, messageOf } from '../base/errors.ts'
import { openPostgresStore } from '../store/open-postgres-store.ts'
import { openRedisEvents } from '../store/open-redis-events.ts'
import { openSqliteStore } from '../store/open-sqlite-store.ts'
import type { Stores } from '../store/shared/stores.ts'
import { withEventsApart } from './events-apart.ts'
import type { HoldfastConfig } from './holdfast.ts'

/**
 * The folder for what is kept in files, made where there is none.
 *
 * @throws STORE_UNAVAILABLE where it cannot be written.
 */
export function openDataFolder({ data = '.data' }: Pick<HoldfastConfig, 'data'>): string {
  const path = resolve(data)
  try {
    mkdirSync(path, { recursive: true })
    return path
  } catch (error) {
    throw new HoldfastError(
      'STORE_UNAVAILABLE',
      `The data folder ${path} cannot be written: ${messageOf(error)}. Make it writable, or name another with the option data.`,
      { location: path },
      { cause: error },
    )
  }
}

type StoreConfig = Pick<HoldfastConfig, 'store' | 'events' | 'data'>

/** The stores that the options name, with what is worth a loud word about them. */
export interface OpenedStores {
  readonly store: Stores
  readonly warnings: readonly string[]
}

/**
 * The stores that a config names: Postgres, or SQLite in the data folder, with the event logs there or
 * in a Redis of their own.
 *
 * @throws INVALID_CONFIG or STORE_UNAVAILABLE, with what to do.
 */
export async function openStores(config: StoreConfig, clock: Clock): Promise<OpenedStores> {
  const store = await openDatabase(config, clock)
  const connection = config.events ?? process.env.HOLDFAST_EVENTS
  if (!connection) return { store, warnings: [] }
  try {
    const events = await openRedisEvents({ connection, clock })
    return { store: withEventsApart(store, events), warnings: events.warnings }
  } catch (error) {
    await store.close()
    throw error
  }
}

async function openDatabase(config: StoreConfig, clock: Clock): Promise<Stores> {
  const connection = config.store ?? process.env.HOLDFAST_STORE
  if (!connection) {
    return openSqliteStore({ path: join(openDataFolder(config), 'holdfast.db'), clock })
  }
  if (/^postgres(ql)?:/.test(connection)) return openPostgresStore({ connection, clock })
  throw invalidConfig(
    'store',
    connectionAddress(connection),
    'postgres://host/database, or nothing for SQLite',
  )
}
