import { type Clock, systemClock } from '../base/clock.ts'
import { connectionAddress } from '../base/connection-address.ts'
import { invalidConfig } from '../base/errors.ts'
import type { EventStore } from './event-store.ts'
import {
  channelOf,
  createEvents,
  type RedisLogs,
  raiseFence,
  readGrowth,
  readLastGrowth,
  removeLog,
} from './redis/events.ts'
import { createGrowthWatch } from './redis/growth-watch.ts'
import { loadClient, type OpenClient } from './redis/load-client.ts'
import { toStoreError } from './redis/redis-error.ts'
import { readWarnings } from './redis/redis-settings.ts'

export interface RedisEventsOptions {
  /** Such as `redis://:password@host:6379/0`, or `rediss://` with TLS. */
  readonly connection: string
  /** Begins all keys. Processes with the same share their logs. Default `holdfast:events`. */
  readonly prefix?: string
  /** How long a log is kept after its last event, in milliseconds. Default seven days. */
  readonly retentionMs?: number
  readonly clock?: Clock
}

/** The event logs of answers whose records are in another store. */
export interface RedisEventStore extends EventStore {
  /** Settings of this Redis that would lose events; worth a loud word at start. */
  readonly warnings: readonly string[]
  /** From now on, runs of the answer before `run` are refused. */
  raiseFence(answerId: string, run: number): Promise<void>
  /**
   * Deletes the log of an answer and refuses, from now on, runs before `run` and those that have
   * written. Returns how many events there were.
   */
  remove(answerId: string, run: number): Promise<number>
  /** Ends all watching and closes the connections. Closing again does nothing. */
  close(): Promise<void>
}

/** A page that was left open over a week's holiday still finds its answers. */
const defaultRetentionMs = 7 * 24 * 60 * 60 * 1_000

/**
 * Opens the event logs in a Redis (5 or later, one primary). Any number of processes may have it open.
 * It needs the package `ioredis`. While Redis is away, every call fails at once with STORE_UNAVAILABLE;
 * the connection comes back by itself.
 *
 * @throws INVALID_CONFIG for an option that cannot work; STORE_UNAVAILABLE, with the address and the way
 * out, where Redis cannot be used.
 *
 * @example
 * const events = await openRedisEvents({ connection: 'redis://localhost:6379' })
 * await events.append([{ answerId: 'a', run: 1, events: [{ type: 'text-delta', text: 'Hello' }] }])
 */
export async function openRedisEvents(options: RedisEventsOptions): Promise<RedisEventStore> {
  const { connection, prefix = 'holdfast:events', retentionMs = defaultRetentionMs } = options
  const { clock = systemClock } = options
  const location = connectionAddress(connection)
  if (!/^rediss?:\/\//.test(connection) || !URL.canParse(connection)) {
    throw invalidConfig('events', location, 'an address such as redis://localhost:6379')
  }
  if (!Number.isSafeInteger(retentionMs) || retentionMs < 1) {
    throw invalidConfig('retentionMs', retentionMs, 'a whole number of milliseconds from 1')
  }
  const openClient = await loadClient(connection, location)
  const client = openClient()
  const logs: RedisLogs = { client, location, prefix, retentionMs }
  let lastError: unknown
  client.on('error', (error: unknown) => {
    lastError = error
  })
  try {
    await client.connect()
    const warnings = await readWarnings(client)
    const seen = await readLastGrowth(logs)
    return assemble(logs, { clock, warnings, seen, openListener: openClient })
  } catch (error) {
    client.disconnect()
    throw toStoreError(location, lastError ?? error)
  }
}

interface Opened {
  readonly clock: Clock
  readonly warnings: readonly string[]
  readonly seen: number
  readonly openListener: OpenClient
}

function assemble(logs: RedisLogs, opened: Opened): RedisEventStore {
  const { clock, warnings, seen, openListener } = opened
  const watch = createGrowthWatch({
    clock,
    channel: channelOf(logs),
    seen,
    openListener,
    look: (after) => readGrowth(logs, after),
  })
  return {
    ...createEvents(logs, clock, watch),
    warnings,
    raiseFence: (answerId, run) => raiseFence(logs, answerId, run),
    remove: (answerId, run) => removeLog(logs, answerId, run),
    async close() {
      await watch.close()
      logs.client.disconnect()
    },
  }
}
