/** The event logs in a real Redis: the suites of the ports, several processes, and a Redis that goes away. */
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { withEventsApart } from '../src/app/events-apart.ts'
import { openMemoryStore } from '../src/store/open-memory-store.ts'
import { openRedisEvents, type RedisEventsOptions } from '../src/store/open-redis-events.ts'
import { createFakeClock } from '../src/testing/fake-clock.ts'
import { startLineProcess } from '../src/testing/line-process.ts'
import { describeStores } from '../src/testing/store-contract.ts'
import { startOwnRedis } from './own-redis.ts'

const connection = inject('redisUrl')
const admin = new Redis(connection)
afterAll(() => admin.quit())

describeStores('events in Redis', async () => {
  const events = await openRedisEvents({ connection, prefix: randomUUID() })
  const store = withEventsApart(openMemoryStore(), events)
  return { store, close: () => store.close() }
})

async function open(options: Partial<RedisEventsOptions> = {}) {
  const store = await openRedisEvents({ connection, prefix: randomUUID(), ...options })
  onTestFinished(() => store.close())
  return store
}

const token = (text: string) => ({ type: 'text-delta', text }) as const
const batch = (answerId: string, ...texts: string[]) => ({
  answerId,
  run: 1,
  events: texts.map(token),
})

describe('processes on one Redis', () => {
  const source = `
    import { openRedisEvents } from ${JSON.stringify(new URL('../src/store/open-redis-events.ts', import.meta.url).href)}
    const [connection, prefix, name] = process.argv.slice(1)
    const store = await openRedisEvents({ connection, prefix })
    console.log('ready')
    await new Promise((go) => process.stdin.once('data', go))
    process.stdin.destroy()
  `
  const start = (prefix: string, name: string, work: string) =>
    startLineProcess(source + work, [connection, prefix, name])

  test('four that append at once leave no gap', async () => {
    const prefix = randomUUID()
    const store = await open({ prefix })
    const children = ['p', 'q', 'r', 's'].map((name) =>
      start(
        prefix,
        name,
        `for (let count = 0; count < 100; count++) {
          const events = ['a', 'b'].map((half) => ({ type: 'text-delta', text: name + count + half }))
          await store.append([{ answerId: 'a', run: 1, events }])
        }
        await store.close()`,
      ),
    )
    for (const child of children) expect(await child.nextLine()).toBe('ready')
    for (const child of children) child.send('go')
    for (const child of children) expect(await child.ended).toBe(0)
    const events = await store.read('a', 0)
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 800 }, (_, i) => i + 1))
    const texts = events.map(({ event }) => (event.type === 'text-delta' ? event.text : ''))
    for (let index = 0; index < 800; index += 2) {
      expect(texts[index]?.replace(/a$/, 'b')).toBe(texts[index + 1])
    }
    expect(new Set(texts).size).toBe(800)
  })

  test('a watcher hears each growth by another process', async () => {
    const prefix = randomUUID()
    const store = await open({ prefix })
    const heard: number[] = []
    const all = new Promise<void>((resolve) => {
      store.watch((_answerId, lastSeq) => {
        heard.push(lastSeq ?? 0)
        if (lastSeq === 20) resolve()
      })
    })
    const child = start(
      prefix,
      'p',
      `for (let count = 0; count < 20; count++) {
        await store.append([{ answerId: 'a', run: 1, events: [{ type: 'text-delta', text: 'x' }] }])
      }
      await store.close()`,
    )
    await child.nextLine()
    child.send('go')
    await all
    expect(Math.max(...heard)).toBe(20)
  })
})

describe('retention', () => {
  test('log and head expire together after the last event', async () => {
    const prefix = randomUUID()
    const store = await open({ prefix, retentionMs: 60_000 })
    await store.append([batch('a', 'x')])
    const keys = [`${prefix}:log:a`, `${prefix}:head:a`]
    const left = await Promise.all(keys.map((key) => admin.pttl(key)))
    for (const ms of left) expect(ms).toBeGreaterThan(50_000)
    await Promise.all(keys.map((key) => admin.pexpire(key, 1_000)))
    await store.append([batch('a', 'y')])
    for (const key of keys) expect(await admin.pttl(key)).toBeGreaterThan(50_000)
  })
})

describe('the check at start', () => {
  test('finds nothing wrong with a Redis that persists', async () => {
    expect((await open()).warnings).toEqual([])
  })

  test('names what would lose events', async () => {
    const redis = await startOwnRedis('--maxmemory-policy', 'allkeys-lru')
    const { warnings } = await open({ connection: redis.url })
    expect(warnings).toHaveLength(2)
    expect(warnings.join()).toMatch(/append-only.*allkeys-lru/s)
  })

  test('refuses an address that is none, and options that cannot work', async () => {
    const invalid = { code: 'INVALID_CONFIG' }
    await expect(openRedisEvents({ connection: 'localhost' })).rejects.toMatchObject(invalid)
    await expect(openRedisEvents({ connection, retentionMs: 0 })).rejects.toMatchObject(invalid)
  })

  test('names the Redis that cannot be reached, without its password', async () => {
    const error: unknown = await openRedisEvents({
      connection: 'redis://user:hunter2@127.0.0.1:1',
    }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true })
    expect(String(error)).toMatch(/127\.0\.0\.1:1.*Check that Redis runs/)
    expect(String(error)).not.toContain('hunter2')
  })
})

describe('when Redis goes away', () => {
  test('calls fail at once with its address, and work again by themselves', async () => {
    const redis = await startOwnRedis('--appendonly', 'yes')
    const store = await open({ connection: redis.url })
    await store.append([batch('a', 'before')])
    await redis.kill()
    await expect(store.append([batch('a', 'lost')])).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    await expect(store.read('a', 0)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await redis.start()
    const back = await untilWorks(() => store.append([batch('a', 'after')]))
    expect(back).toMatchObject([{ ok: true, lastSeq: 2 }])
    const texts = (await store.read('a', 0)).map(({ event }) => event)
    expect(texts).toEqual([token('before'), token('after')])
  })

  test('a watcher hears what was written while it could not listen', async () => {
    const redis = await startOwnRedis('--appendonly', 'yes')
    const prefix = randomUUID()
    const store = await open({ connection: redis.url, prefix })
    const heard = new Set<string>()
    const waiting = new Map<string, () => void>()
    store.watch((answerId) => {
      heard.add(answerId)
      waiting.get(answerId)?.()
    })
    const hears = (answerId: string) =>
      new Promise<void>((resolve) => {
        if (heard.has(answerId)) resolve()
        else waiting.set(answerId, resolve)
      })
    const other = await open({ connection: redis.url, prefix })
    await other.append([batch('before', 'x')])
    await hears('before')
    await redis.kill()
    await redis.start()
    await untilWorks(() => other.append([batch('during', 'x')]))
    await hears('during')
    await other.append([batch('after', 'x')])
    await hears('after')
  })

  test('a watcher finds growths by its poll where nothing is published', async () => {
    const clock = createFakeClock()
    const prefix = randomUUID()
    const store = await open({ prefix, clock })
    const heard = new Promise((resolve) => store.watch(resolve))
    // As a process would leave it whose message was lost on the way.
    await admin.hset(`${prefix}:head:a`, { run: 1, seq: 1 })
    await admin.zadd(`${prefix}:growth`, 1, 'a')
    await admin.set(`${prefix}:growths`, 1)
    await clock.advance(500)
    expect(await heard).toBe('a')
  })
})

/** Asks until it succeeds, as a job does that is tried again. */
async function untilWorks<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
