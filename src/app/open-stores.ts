import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { connectionAddress } from '../base/connection-address.ts'
import { invalidConfig } from '../base/errors.ts'
import { openPostgresStore } from '../store/open-postgres-store.ts'
import { openRedisEvents } from '../store/open-redis-events.ts'
import { openSqliteStore } from '../store/open-sqlite-store.ts'
import type { Stores } from '../store/shared/stores.ts'
import { withEventsApart } from './events-apart.ts'
import type { HoldfastConfig } from './holdfast.ts'

/** The stores that the options name, with what is worth a loud word about them. */
export interface OpenedStores {
  readonly store: Stores
  readonly warnings: readonly string[]
}

/** @throws INVALID_CONFIG or STORE_UNAVAILABLE, with what to do. */
export async function openStores(
  config: HoldfastConfig,
  dataFolder: string,
  clock: Clock,
): Promise<OpenedStores> {
  const store = await openDatabase(config, dataFolder, clock)
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

async function openDatabase(
  config: HoldfastConfig,
  dataFolder: string,
  clock: Clock,
): Promise<Stores> {
  const connection = config.store ?? process.env.HOLDFAST_STORE
  if (!connection) return openSqliteStore({ path: join(dataFolder, 'holdfast.db'), clock })
  if (/^postgres(ql)?:/.test(connection)) return openPostgresStore({ connection, clock })
  throw invalidConfig(
    'store',
    connectionAddress(connection),
    'postgres://host/database, or nothing for SQLite',
  )
}
