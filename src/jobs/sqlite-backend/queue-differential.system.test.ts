import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createSqliteBackend } from './create-sqlite-backend.ts'
import { compareBackends } from './queue-differential.ts'
import type { SqliteQueueBackend } from './sqlite-backend.ts'
import type { BackendUnderTest } from './testing/engine.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

type Sqlite = BackendUnderTest<SqliteQueueBackend, Record<string, never>>

function open(): Sqlite {
  const path = join(temporaryFolder(), 'queue.db')
  return { factory: createSqliteBackend({ path }), connection: {}, close: async () => {} }
}

/** A backend with one method replaced. */
function withFault<Method extends keyof SqliteQueueBackend>(
  method: Method,
  faulty: (backend: SqliteQueueBackend) => SqliteQueueBackend[Method],
): Sqlite {
  const sound = open()
  return {
    ...sound,
    factory: (...args) => {
      const backend = sound.factory(...args)
      backend[method] = faulty(backend)
      return backend
    },
  }
}

it('finds no difference between two sound backends', async () => {
  for (const seed of [1, 2]) {
    const options = { seed, operations: 120, compareEvery: 20 }
    expect(await compareBackends(open(), open(), options)).toBeUndefined()
  }
})

it('finds a backend that forgets the priority of a change', async () => {
  const faulty = withFault('changePriority', () => async () => {})
  const divergence = await compareBackends(open(), faulty, { seed: 1, compareEvery: 10 })
  expect(divergence?.what).toBe('the state')
  expect(divergence?.operations.map((operation) => operation.do)).toContain('changePriority')
})

it('finds a backend that answers another count', async () => {
  const faulty = withFault('setQueueMeta', (backend) => {
    const sound = backend.setQueueMeta.bind(backend)
    return async (values) => (await sound(values)) + 1
  })
  const divergence = await compareBackends(open(), faulty, { seed: 3, compareEvery: 20 })
  expect(divergence).toMatchObject({ what: 'the result' })
})
