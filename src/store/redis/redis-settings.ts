import type { Redis } from 'ioredis'
import { messageOf } from '../../base/errors.ts'

/**
 * What is worth a loud word in the settings of a Redis that holds event logs: as it is installed it
 * keeps snapshots only, and another eviction policy than `noeviction` may throw logs away, which all
 * have a time at which they expire.
 */
export async function readWarnings(client: Pick<Redis, 'config'>): Promise<readonly string[]> {
  const setting = async (name: string): Promise<string> => {
    const reply: unknown = await client.config('GET', name)
    if (Array.isArray(reply)) return String(reply[1])
    return String(Object(reply)[name])
  }
  const warnings: string[] = []
  try {
    if ((await setting('appendonly')) !== 'yes') {
      warnings.push(
        'Redis keeps no append-only file, so it loses written events when it is killed. Set appendonly yes.',
      )
    }
    const policy = await setting('maxmemory-policy')
    if (policy !== 'noeviction') {
      warnings.push(
        `Redis evicts keys (maxmemory-policy ${policy}), so it may throw event logs away. Set maxmemory-policy noeviction.`,
      )
    }
  } catch (error) {
    // Hosted Redis often forbids CONFIG: then nothing is known, and that is what is said.
    warnings.push(
      `The settings of the Redis with the event logs cannot be read (${messageOf(error)}); check that it persists and does not evict.`,
    )
  }
  return warnings
}
