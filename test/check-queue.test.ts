import { Redis } from 'ioredis'
import { expect, inject, it } from 'vitest'
import { freePort } from '../scripts/free-port.ts'
import { createQueueEngine } from '../src/jobs/queue-engine.ts'

it.each(['redis', 'postgres'])(
  '%s that is not there is named without its password',
  async (scheme) => {
    const port = await freePort()
    const engine = createQueueEngine(`${scheme}://user:secret@127.0.0.1:${port}/0`)
    const error = await engine.check().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${port}.* cannot be used`)),
    })
    expect(String(error)).not.toContain('secret')
  },
)

it('processes that start together on an empty Postgres make its schema once', async () => {
  const checks = Array.from({ length: 6 }, () => createQueueEngine(inject('postgresUrl')).check())
  expect(await Promise.all(checks)).toEqual(Array(6).fill([]))
})

it('a Redis that keeps its data is used without a warning', async () => {
  expect(await createQueueEngine(inject('redisUrl')).check()).toEqual([])
})

it('a Redis that may throw jobs away is warned of', async () => {
  const administrator = new Redis(inject('redisUrl'))
  try {
    await administrator.config('SET', 'maxmemory-policy', 'allkeys-lru')
    const warnings = await createQueueEngine(inject('redisUrl')).check()
    expect(warnings).toEqual([expect.stringMatching(/maxmemory-policy allkeys-lru/)])
  } finally {
    await administrator.config('SET', 'maxmemory-policy', 'noeviction')
    administrator.disconnect()
  }
})
