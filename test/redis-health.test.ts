import { randomUUID } from 'node:crypto'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { freePort } from '../scripts/free-port.ts'
import { sleep, systemClock } from '../src/base/clock.ts'
import { silentTelemetry, type Telemetry } from '../src/base/telemetry-port.ts'
import {
  createRedisHealthStore,
  type RedisHealthOptions,
  type RedisHealthStore,
} from '../src/redis.ts'
import { createSharedHealth } from '../src/resilience/health.ts'
import { type ProtectedModel, protect } from '../src/resilience/protect.ts'
import { defaults } from '../src/resilience/settings.ts'
import type {
  Ask,
  HealthSettings,
  HealthTarget,
  Settlement,
} from '../src/resilience/shared/health-store.ts'
import { describeHealthStore } from '../src/resilience/shared/health-store-contract.ts'
import { type LineProcess, startLineProcess } from '../src/testing/line-process.ts'
import { fails, says, scriptedModel } from '../src/testing/scripted-model.ts'
import { startOwnRedis } from './own-redis.ts'

const connection = inject('redisUrl')
const load = { tokens: 10, usd: 0 }
const ask: Ask = { isFirst: true, lastResort: false, load }
const ok: Settlement = { health: 'ok', sent: true, load }
const failed: Settlement = { health: 'failed', sent: true, load }

async function openStore(options: Partial<RedisHealthOptions> = {}): Promise<RedisHealthStore> {
  const store = await createRedisHealthStore({ connection, prefix: randomUUID(), ...options })
  onTestFinished(() => store.close())
  return store
}

function targetOf(key: string, settings: Partial<HealthSettings> = {}): HealthTarget {
  const { breaker, quality, retryBudget } = defaults
  const all = { breaker, quality, retryBudget, rateLimit: undefined, ...settings }
  return { key, account: key, settings: all }
}

/** Lets a call through and tells what came of it; resolves when the log has both. */
async function settle(store: RedisHealthStore, target: HealthTarget, settlement: Settlement) {
  const answer = await store.admit(target, ask)
  if (!answer.admitted) throw new Error(`Denied: ${answer.reason}`)
  store.settle(target, answer, settlement)
  await store.takeRetry({ ...target, key: 'nobody' })
}

describeHealthStore('in Redis', (clock, random) => openStore({ clock, random }))

describe('two stores', () => {
  async function openTwo() {
    const prefix = randomUUID()
    return [await openStore({ prefix }), await openStore({ prefix })] as const
  }

  test('what one learns the other knows', async () => {
    const [one, other] = await openTwo()
    const a = targetOf('a')
    for (let call = 0; call < 5; call++) await settle(one, a, failed)
    expect(await other.admit(a, ask)).toMatchObject({ admitted: false, reason: 'breaker-open' })
    const b = targetOf('b')
    await settle(one, b, {
      ...failed,
      health: 'neutral',
      holdMs: 5_000,
      holdReason: 'rate-limited',
    })
    expect(await other.admit(b, ask)).toMatchObject({ admitted: false, reason: 'rate-limited' })
  })

  test('a rate is one for both', async () => {
    const [one, other] = await openTwo()
    const a = targetOf('a', { rateLimit: { requestsPerMinute: 30 } })
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, call) => (call % 2 ? one : other).admit(a, ask)),
    )
    expect(answers.filter(({ admitted }) => admitted)).toHaveLength(30)
  })

  test('a long history leaves both with the same', async () => {
    const [one, other] = await openTwo()
    const a = targetOf('a')
    // Beyond the point where the log is cut, with the second store far behind.
    await settle(other, a, ok)
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 50 }, () => settle(one, a, ok)))
    }
    for (let call = 0; call < 5; call++) await settle(one, a, failed)
    expect(await other.admit(a, ask)).toMatchObject({ admitted: false })
    const late = other.look(a)
    expect(late.breaker).toEqual(one.look(a).breaker)
    expect(late.failureShare).toBe(one.look(a).failureShare)
  })
})

describe('four processes', () => {
  const url = (path: string) => new URL(`../src/${path}`, import.meta.url).href
  const prelude = `
    import { createRedisHealthStore } from '${url('redis.ts')}'
    import { createSharedHealth } from '${url('resilience/health.ts')}'
    import { protect } from '${url('resilience/protect.ts')}'
    import { fails, says, scriptedModel } from '${url('testing/scripted-model.ts')}'
    const [connection, prefix, name] = process.argv.slice(1)
    const store = await createRedisHealthStore({ connection, prefix, limitMs: 1_000 })
    const wait = (ms) => new Promise((go) => setTimeout(go, ms))
    const say = (value) => console.log(JSON.stringify(value))
    say('ready')
    await new Promise((go) => process.stdin.once('data', go))
    process.stdin.destroy()
  `
  /** Calls a protected model 50 times a second for four seconds; tells when each model was asked. */
  const calls = (primaryFails: string) => `${prelude}
    const primary = scriptedModel({ id: 'primary', script: ${primaryFails} })
    const fallback = scriptedModel({ id: 'fallback', script: says('Well.', { firstMs: 30 }) })
    const model = protect([primary, fallback], { health: createSharedHealth({ store }) })
    const ask = async () => {
      const startedAtMs = Date.now()
      const { text } = await model.generate(
        { messages: [{ role: 'user', content: 'Hi' }] },
        { signal: AbortSignal.timeout(3_000) },
      )
      return { startedAtMs, text }
    }
    const offered = []
    for (let call = 0; call < 200; call++) {
      offered.push(ask())
      await wait(20)
    }
    const answers = await Promise.all(offered)
    const times = ({ calls }) => calls.map(({ startedAtMs, endedAtMs }) => [startedAtMs, endedAtMs])
    say({ answers, primary: times(primary), fallback: times(fallback), isShared: store.isShared })
    await store.close()
  `

  interface Report {
    readonly answers: readonly { readonly startedAtMs: number; readonly text: string }[]
    readonly primary: readonly (readonly [number, number])[]
    readonly fallback: readonly (readonly [number, number])[]
    readonly isShared: boolean
  }

  async function startAll(source: string): Promise<readonly LineProcess[]> {
    const prefix = randomUUID()
    const all = ['p', 'q', 'r', 's'].map((name) =>
      startLineProcess(source, [connection, prefix, name]),
    )
    for (const each of all) expect(await each.nextLine()).toBe('"ready"')
    for (const each of all) each.send('go')
    return all
  }

  async function runAll<T>(source: string): Promise<readonly T[]> {
    const lines = (await startAll(source)).map((each) => each.nextLine())
    return (await Promise.all(lines)).map((line) => JSON.parse(line ?? 'null'))
  }

  test('an outage costs at most 1.1 requests a call after two seconds', async () => {
    const down = "fails({ kind: 'http', status: 503, headers: {}, body: '' }, 20)"
    const reports = await runAll<Report>(calls(down))
    const answers = reports.flatMap((report) => report.answers)
    expect(answers).toHaveLength(800)
    expect(answers.every(({ text }) => text === 'Well.')).toBe(true)
    expect(reports.every(({ isShared }) => isShared)).toBe(true)
    const fromMs = Math.min(...answers.map(({ startedAtMs }) => startedAtMs)) + 2_000
    const offered = answers.filter(({ startedAtMs }) => startedAtMs >= fromMs).length
    const primary = reports.flatMap((report) => report.primary)
    const upstream = [...primary, ...reports.flatMap((report) => report.fallback)]
    const sent = upstream.filter(([startedAtMs]) => startedAtMs >= fromMs).length
    expect(sent / offered).toBeLessThanOrEqual(1.1)
    // One breaker for all: after the first seconds its probes, and not four times as many.
    expect(primary.filter(([startedAtMs]) => startedAtMs >= fromMs).length).toBeLessThanOrEqual(2)
  })

  test('none sends before the time that the provider named', async () => {
    const limited =
      "fails({ kind: 'http', status: 429, headers: { 'retry-after': '2' }, body: '' }, 20)"
    const reports = await runAll<Report>(calls(limited))
    const sent = reports.flatMap((report) => report.primary).toSorted(([a], [b]) => a - b)
    // A decision that was under way when the answer arrived may have been made before it.
    const underWayMs = 50
    for (const [, answeredAtMs] of sent) {
      const early = sent.filter(
        ([atMs]) => atMs > answeredAtMs + underWayMs && atMs < answeredAtMs + 2_000,
      )
      expect(early.map(([atMs]) => atMs - answeredAtMs)).toEqual([])
    }
    expect(sent.length).toBeGreaterThan(1)
    expect(reports.flatMap(({ answers }) => answers).every(({ text }) => text === 'Well.')).toBe(
      true,
    )
  })

  test('one budget is given out once', async () => {
    const given = await runAll<number>(`${prelude}
      const target = {
        key: 'a',
        account: 'a',
        settings: { retryBudget: { share: 0.2, minPerSecond: 2 }, breaker: {}, quality: undefined, rateLimit: undefined },
      }
      const answers = await Promise.all(Array.from({ length: 50 }, () => store.takeRetry(target)))
      say(answers.filter((isGiven) => isGiven).length)
      await store.close()
    `)
    expect(given.reduce((sum, each) => sum + each, 0)).toBe(20)
  })
})

describe('when Redis goes away', () => {
  /** Log lines, and the promise of the next one. */
  function createLog() {
    const lines: string[] = []
    const waiting: (() => void)[] = []
    const telemetry: Telemetry = {
      ...silentTelemetry,
      log(level) {
        lines.push(level)
        for (const go of waiting.splice(0)) go()
      },
    }
    const next = () => new Promise<void>((go) => waiting.push(go))
    return { lines, telemetry, next }
  }

  async function openWithLog(url: string, prefix: string) {
    const log = createLog()
    const store = await openStore({ connection: url, prefix, telemetry: log.telemetry })
    return { store, log }
  }

  async function timed<T>(work: () => T | Promise<T>) {
    const startedAtMs = systemClock.now()
    const result = await work()
    return { result, tookMs: systemClock.now() - startedAtMs }
  }

  async function askModel(model: ProtectedModel): Promise<number> {
    const messages = [{ role: 'user', content: 'Hi' }] as const
    const { result, tookMs } = await timed(() =>
      model.generate({ messages }, { signal: AbortSignal.timeout(2_000) }),
    )
    expect(result.text).toBe('Well.')
    return tookMs
  }

  test('killed in the middle every call is answered in time, and sharing comes back', async () => {
    const redis = await startOwnRedis()
    const prefix = randomUUID()
    const [one, other] = [
      await openWithLog(redis.url, prefix),
      await openWithLog(redis.url, prefix),
    ]
    const model = protect([scriptedModel({ id: 'a', script: says('Well.', { firstMs: 5 }) })], {
      health: createSharedHealth({ store: one.store }),
    })
    const calls: Promise<number>[] = []
    const run = async (times: number) => {
      for (let call = 0; call < times; call++) {
        calls.push(askModel(model))
        await sleep(systemClock, 5)
      }
    }
    await run(40)
    const away = Promise.all([one.log.next(), other.log.next()])
    const running = run(100)
    await redis.kill()
    await Promise.all([running, away])
    expect(Math.max(...(await Promise.all(calls)))).toBeLessThan(300)

    // What each learns now, it knows by itself.
    expect([one.store.isShared, other.store.isShared]).toEqual([false, false])
    const b = targetOf('b')
    for (let failure = 0; failure < 5; failure++) await settle(one.store, b, failed)
    expect(one.store.look(b).breaker.name).toBe('open')
    expect(other.store.look(b).breaker.name).toBe('closed')

    const back = Promise.all([one.log.next(), other.log.next()])
    await redis.start()
    await back
    expect([one.store.isShared, other.store.isShared]).toEqual([true, true])
    expect([one.log.lines, other.log.lines]).toEqual([
      ['warn', 'info'],
      ['warn', 'info'],
    ])
    // The new Redis began empty: what was known is there again, and known to both.
    await settle(other.store, targetOf('c'), ok)
    await other.store.admit(b, ask)
    expect(other.store.look(b).breaker).toMatchObject({ openings: 1 })
    expect(other.store.look(b).breaker.name).not.toBe('closed')
    expect(one.store.look(targetOf('scripted/a')).failureShare).toBe(0)
  })

  test('a Redis that hangs costs one wait of 50 ms', async () => {
    const redis = await startOwnRedis()
    const { store, log } = await openWithLog(redis.url, randomUUID())
    const a = targetOf('a')
    await settle(store, a, ok)
    const away = log.next()
    redis.signal('SIGSTOP')
    const first = await timed(() =>
      Promise.all(Array.from({ length: 20 }, () => store.admit(a, ask))),
    )
    expect(first.result.every(({ admitted }) => admitted)).toBe(true)
    expect(first.tookMs).toBeGreaterThan(45)
    expect(first.tookMs).toBeLessThan(150)
    await away
    const next = await timed(() => store.admit(a, ask))
    expect(next.tookMs).toBeLessThan(20)
    const back = log.next()
    redis.signal('SIGCONT')
    await back
    expect(log.lines).toEqual(['warn', 'info'])
    expect(await store.admit(a, ask)).toMatchObject({ admitted: true })
    expect(store.isShared).toBe(true)
  })

  test('what was used alone counts for all on return', async () => {
    const redis = await startOwnRedis()
    const prefix = randomUUID()
    const [one, other] = [
      await openWithLog(redis.url, prefix),
      await openWithLog(redis.url, prefix),
    ]
    const a = targetOf('a', { rateLimit: { requestsPerMinute: 100 } })
    for (let call = 0; call < 10; call++) await settle(call % 2 ? one.store : other.store, a, ok)
    // Both have seen all ten.
    await Promise.all([one.store.takeRetry(a), other.store.takeRetry(a)])
    const away = Promise.all([one.log.next(), other.log.next()])
    await redis.kill()
    await away
    for (let call = 0; call < 7; call++) await settle(one.store, a, ok)
    for (let call = 0; call < 5; call++) await settle(other.store, a, ok)
    const back = Promise.all([one.log.next(), other.log.next()])
    await redis.start()
    await back
    await settle(one.store, a, ok)
    await other.store.takeRetry(a)
    expect(one.store.look(a).usedLastMinute.requests).toBe(23)
    expect(other.store.look(a).usedLastMinute.requests).toBe(23)
  })

  test('a store opens without Redis', async () => {
    const log = createLog()
    const port = await freePort()
    const store = await openStore({
      connection: `redis://:secret@127.0.0.1:${port}`,
      telemetry: log.telemetry,
    })
    expect(store.isShared).toBe(false)
    expect(log.lines).toEqual(['warn'])
    const model = protect(
      [
        scriptedModel({
          id: 'down',
          script: fails({ kind: 'http', status: 503, headers: {}, body: '' }),
        }),
        scriptedModel({ id: 'well', script: says('Well.') }),
      ],
      { health: createSharedHealth({ store }) },
    )
    for (let call = 0; call < 5; call++) expect(await askModel(model)).toBeLessThan(1_000)
  })

  test('an address that is none is refused', async () => {
    await expect(createRedisHealthStore({ connection: 'localhost' })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      data: { option: 'health' },
    })
  })
})
