import { connectionAddress } from '../base/connection-address.ts'
import { HoldfastError, messageOf } from '../base/errors.ts'

/** How long a Redis may take to answer at start before it counts as unreachable. */
const connectTimeoutMs = 3_000

/**
 * Connects once and reads the settings that decide whether jobs survive. Redis as it is installed
 * keeps snapshots only, and then loses every job since the last one when it is killed; with another
 * eviction policy than `noeviction` it may throw jobs away when memory is full.
 *
 * @returns what is worth a loud word: settings that would lose jobs.
 * @throws QUEUE_UNAVAILABLE where it cannot be reached.
 */
export async function checkRedis(connection: string): Promise<readonly string[]> {
  const { Redis } = await loadClient()
  const client = new Redis(connection, {
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let lastError: unknown
  client.on('error', (error: unknown) => {
    lastError = error
  })
  try {
    await client.connect()
    return await readWarnings(client)
  } catch (error) {
    const location = connectionAddress(connection)
    throw new HoldfastError(
      'QUEUE_UNAVAILABLE',
      `Redis at ${location} cannot be used: ${messageOf(lastError ?? error)}. Start it, correct the address, or leave the queue option out to use the embedded one.`,
      { location },
      { cause: error },
    )
  } finally {
    client.disconnect()
  }
}

async function loadClient(): Promise<Pick<typeof import('ioredis'), 'Redis'>> {
  try {
    return await import('ioredis')
  } catch (error) {
    throw new HoldfastError(
      'QUEUE_UNAVAILABLE',
      'A queue on Redis needs the package ioredis, which is not installed. Run: npm install ioredis@6',
      { location: 'ioredis' },
      { cause: error },
    )
  }
}

async function readWarnings(client: {
  config(command: 'GET', name: string): Promise<unknown>
}): Promise<readonly string[]> {
  const setting = async (name: string): Promise<string | undefined> => {
    const reply = await client.config('GET', name)
    return Array.isArray(reply) ? String(reply[1]) : undefined
  }
  const warnings: string[] = []
  try {
    if ((await setting('appendonly')) !== 'yes') {
      warnings.push(
        'Redis keeps no append-only file, so it loses accepted jobs when it is killed. Set appendonly yes.',
      )
    }
    const policy = await setting('maxmemory-policy')
    if (policy !== undefined && policy !== 'noeviction') {
      warnings.push(
        `Redis evicts keys (maxmemory-policy ${policy}), so it may throw jobs away. Set maxmemory-policy noeviction.`,
      )
    }
  } catch (error) {
    // Hosted Redis often forbids CONFIG: then nothing is known, and that is what is said.
    warnings.push(
      `The settings of Redis cannot be read (${messageOf(error)}); check that it persists and does not evict.`,
    )
  }
  return warnings
}
