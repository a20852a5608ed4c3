/** The stores on a real Postgres: all suites of the ports, also with several processes. */
import { afterAll, inject } from 'vitest'
import { openPostgresStore } from '../src/store/open-postgres-store.ts'
import { describeConversationProperties, describeStores } from '../src/testing/store-contract.ts'
import { describeStoreProcesses } from '../src/testing/store-processes-contract.ts'
import { testSchemas } from './postgres-schema.ts'

const connection = inject('postgresUrl')
const schemas = testSchemas(connection)

afterAll(() => schemas.admin.end())

async function openStore() {
  const schema = schemas.next()
  const store = await openPostgresStore({ connection, schema })
  const close = async () => {
    await store.close()
    await schemas.drop(schema)
  }
  return { store, close }
}

describeStores('Postgres', openStore)

describeConversationProperties(
  'Postgres',
  async () => {
    const { store, close } = await openStore()
    return { store: store.conversations, close }
  },
  40,
)

const storeModule = new URL('../src/store/open-postgres-store.ts', import.meta.url).href

describeStoreProcesses('Postgres', {
  source: `
    import { openPostgresStore } from ${JSON.stringify(storeModule)}
    const open = (schema) =>
      openPostgresStore({ connection: ${JSON.stringify(connection)}, schema })
  `,
  open: (schema) => openPostgresStore({ connection, schema }),
  inPlace: schemas.inSchema,
})
