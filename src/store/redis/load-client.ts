import type { Redis } from 'ioredis'
import { storeUnavailable } from '../shared/store-error.ts'

/** Makes a connection to the same Redis each time; it does not connect yet. */
export type OpenClient = () => Redis

/** A Redis that does not answer for so long cannot be waited for by those who read a stream. */
const answersWithinMs = 5_000
const connectsWithinMs = 3_000

/**
 * Loads the package `ioredis`, which only those install who keep their event logs in Redis.
 *
 * Commands fail at once while the connection is away, and are never sent twice: whether an append that
 * was cut off has been done is not known, and a second one would double the tokens.
 */
export async function loadClient(
  connection: string,
  location: string,
  load: () => Promise<Pick<typeof import('ioredis'), 'Redis'>> = () => import('ioredis'),
): Promise<OpenClient> {
  try {
    const { Redis } = await load()
    return () =>
      new Redis(connection, {
        lazyConnect: true,
        connectTimeout: connectsWithinMs,
        commandTimeout: answersWithinMs,
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 0,
        retryStrategy: (attempt) => Math.min(attempt * 50, 500),
        connectionName: 'holdfast-events',
      })
  } catch (error) {
    const wayOut =
      'it needs the package ioredis, which is not installed. Run: npm install ioredis@6'
    throw storeUnavailable(location, wayOut, error)
  }
}
