import { assertSchemaCompatibility, runMigrations } from 'bullmq'
import { connectionAddress } from '../base/connection-address.ts'
import { HoldfastError, messageOf } from '../base/errors.ts'

/** How long a Postgres may take to answer at start before it counts as unreachable. */
const connectTimeoutMs = 3_000

/** The user may use the schema, and may not change it. */
const noPrivilege = '42501'

/**
 * Connects once and brings BullMQ's schema (`bullmq`) up to date; processes that start together wait for
 * one another. A user who may not create anything can use a schema that an administrator has made.
 *
 * @throws QUEUE_UNAVAILABLE where it cannot be reached or used.
 */
export async function checkPostgres(connection: string): Promise<void> {
  const { default: pg } = await loadDriver()
  const client = new pg.Client({
    connectionString: connection,
    connectionTimeoutMillis: connectTimeoutMs,
  })
  // A connection that breaks rejects what is asked of it; the event says it a second time.
  client.on('error', () => {})
  try {
    await client.connect()
    await migrate(client)
  } catch (error) {
    const location = connectionAddress(connection)
    throw new HoldfastError(
      'QUEUE_UNAVAILABLE',
      `Postgres at ${location} cannot be used for the queue: ${messageOf(error)}. Start it, correct the address or the rights of the user, or leave the queue option out to use the embedded one.`,
      { location },
      { cause: error },
    )
  } finally {
    await client.end()
  }
}

async function migrate(client: Parameters<typeof runMigrations>[0]): Promise<void> {
  try {
    await runMigrations(client)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === noPrivilege)) throw error
    await assertSchemaCompatibility(client)
  }
}

async function loadDriver(): Promise<typeof import('pg')> {
  try {
    return await import('pg')
  } catch (error) {
    throw new HoldfastError(
      'QUEUE_UNAVAILABLE',
      'A queue on Postgres needs the package pg, which is not installed. Run: npm install pg@8',
      { location: 'pg' },
      { cause: error },
    )
  }
}
