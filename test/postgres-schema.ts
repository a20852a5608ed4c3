import pg from 'pg'
import { onTestFinished } from 'vitest'
import { openPostgresStore, type PostgresStore } from '../src/store/open-postgres-store.ts'

let schemas = 0

/** A schema of its own for each test of a database, and the database as its administrator sees it. */
export interface TestSchemas {
  readonly admin: pg.Pool
  /** The name of an empty schema. */
  next(): string
  drop(schema: string): Promise<void>
  /** Runs `work` with an empty schema, and drops it however the work ends. */
  inSchema(work: (schema: string) => Promise<void>): Promise<void>
  /** Opens a store that is closed when the test ends. */
  open(schema: string, options?: { readonly maxConnections?: number }): Promise<PostgresStore>
}

export function testSchemas(connection: string): TestSchemas {
  const admin = new pg.Pool({ connectionString: connection, max: 4 })
  // Tests end connections from outside; the pool makes others.
  admin.on('error', () => {})
  const next = () => `test_${process.pid}_${++schemas}`
  const drop = async (schema: string) => {
    await admin.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
  }
  return {
    admin,
    next,
    drop,
    async inSchema(work) {
      const schema = next()
      try {
        await work(schema)
      } finally {
        await drop(schema)
      }
    },
    async open(schema, options = {}) {
      const store = await openPostgresStore({ connection, schema, ...options })
      onTestFinished(() => store.close())
      return store
    },
  }
}
