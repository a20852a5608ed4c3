import { expect, test } from 'vitest'
import { openPostgresStore } from './open-postgres-store.ts'

test.each([
  ['mysql://ada:secret@db/app', 'mysql://db/app'],
  ['postgres://ada:sec#ret@db/app', 'postgres://…'],
  ['ada:secret@db', '…'],
])('refuses the connection %s without its credentials', async (connection, shown) => {
  const opening = openPostgresStore({ connection })
  await expect(opening).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: `connection is "${shown}"; expected postgres://user:password@host:port/database.`,
    data: { option: 'connection', value: shown },
  })
})

const connection = 'postgres://ada:secret@127.0.0.1:1/app?sslmode=disable'

test.each(['', 'Holdfast', 'a b', 'x; DROP TABLE y', '1st', 'x'.repeat(49)])(
  'refuses the schema %j',
  async (schema) => {
    const opening = openPostgresStore({ connection, schema })
    await expect(opening).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      data: { option: 'schema', value: schema },
    })
  },
)

test.each([0, 1.5, Number.NaN])('refuses %s connections', async (maxConnections) => {
  const opening = openPostgresStore({ connection, maxConnections })
  await expect(opening).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    data: { option: 'maxConnections' },
  })
})

test('a server that is not there is named without credentials', async () => {
  await expect(openPostgresStore({ connection })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    data: { location: 'postgres://127.0.0.1:1/app' },
    message: expect.stringMatching(
      /^The store at "postgres:\/\/127\.0\.0\.1:1\/app" cannot be used: nobody listens there/,
    ),
  })
})
