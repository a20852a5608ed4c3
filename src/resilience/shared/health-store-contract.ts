/** What every health store keeps to, whatever is behind it. */
import { describe, expect, test } from 'vitest'
import type { Clock } from '../../base/clock.ts'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { defaults } from '../settings.ts'
import type {
  Ask,
  HealthChange,
  HealthSettings,
  HealthStore,
  HealthTarget,
  Permit,
  Settlement,
} from './health-store.ts'

const load = { tokens: 10, usd: 0 }
const ask: Ask = { isFirst: true, lastResort: false, load }
const ok: Settlement = { health: 'ok', sent: true, load }
const failed: Settlement = { health: 'failed', sent: true, load }

/** `openStore` opens an empty store for one test, and closes it when that has finished. */
export function describeHealthStore(
  name: string,
  openStore: (clock: Clock, random: () => number) => Promise<HealthStore>,
): void {
  async function open(settings: Partial<HealthSettings> = {}) {
    const clock = createFakeClock()
    const store = await openStore(clock, () => 0.5)
    const changes: HealthChange[] = []
    const target = (key: string, account = key): HealthTarget => ({
      key,
      account,
      settings: {
        breaker: defaults.breaker,
        quality: defaults.quality,
        retryBudget: defaults.retryBudget,
        rateLimit: undefined,
        ...settings,
      },
      onChange: (change) => changes.push(change),
    })
    /** Resolves when all that was told before has taken effect. */
    const takesEffect = (to: HealthTarget) => store.takeRetry({ ...to, key: 'nobody' })
    async function admit(to: HealthTarget, asked: Partial<Ask> = {}): Promise<Permit> {
      const answer = await store.admit(to, { ...ask, ...asked })
      if (!answer.admitted) throw new Error(`Denied: ${answer.reason}`)
      return answer
    }
    async function settle(to: HealthTarget, settlement: Settlement, times = 1) {
      for (let time = 0; time < times; time++) store.settle(to, await admit(to), settlement)
      await takesEffect(to)
    }
    return { clock, store, target, changes, admit, settle, takesEffect }
  }

  describe(`${name}:`, () => {
    test('targets of the same key share their breaker', async () => {
      const { store, target, settle } = await open()
      await settle(target('a'), failed, 5)
      expect(await store.admit(target('a'), ask)).toMatchObject({
        admitted: false,
        reason: 'breaker-open',
        retryAfterMs: 1_000,
        negotiable: true,
      })
      expect(await store.admit(target('b'), ask)).toMatchObject({ admitted: true })
    })

    test('nothing is sent before the time that the provider named', async () => {
      const { store, target, settle, clock } = await open()
      const a = target('a')
      await settle(a, { ...failed, health: 'neutral', holdMs: 5_000, holdReason: 'rate-limited' })
      await clock.advance(4_999)
      for (const lastResort of [false, true]) {
        expect(await store.admit(a, { ...ask, lastResort })).toEqual({
          admitted: false,
          reason: 'rate-limited',
          retryAfterMs: 1,
          negotiable: false,
        })
      }
      await clock.advance(1)
      expect(await store.admit(a, ask)).toMatchObject({ admitted: true })
    })

    test('a shorter wait does not end a longer one', async () => {
      const { store, target, clock, admit, takesEffect } = await open()
      const a = target('a')
      const [first, second] = [await admit(a), await admit(a)]
      store.settle(a, first, { ...failed, holdMs: 5_000 })
      store.settle(a, second, { ...failed, holdMs: 100 })
      await takesEffect(a)
      await clock.advance(1_000)
      expect(await store.admit(a, ask)).toMatchObject({ admitted: false, retryAfterMs: 4_000 })
    })

    test('a long wait out of the blue is looked into by one call at a time', async () => {
      const { store, target, settle, admit } = await open()
      const a = target('a')
      await settle(a, ok, 20)
      await settle(a, { ...failed, health: 'neutral', holdMs: 60_000, holdReason: 'rate-limited' })
      expect(await store.admit(a, ask)).toMatchObject({ admitted: false, negotiable: true })
      const test = await admit(a, { lastResort: true })
      expect(await store.admit(a, { ...ask, lastResort: true })).toMatchObject({ admitted: false })
      store.settle(a, test, ok)
      expect(await store.admit(a, ask)).toMatchObject({ admitted: true })
    })

    test('a long wait that is said twice is kept', async () => {
      const { store, target, settle, admit } = await open()
      const a = target('a')
      const hold = {
        ...failed,
        health: 'neutral',
        holdMs: 60_000,
        holdReason: 'rate-limited',
      } as const
      await settle(a, ok, 20)
      await settle(a, hold)
      store.settle(a, await admit(a, { lastResort: true }), hold)
      expect(await store.admit(a, { ...ask, lastResort: true })).toMatchObject({
        admitted: false,
        negotiable: false,
      })
    })

    test('a spent quota takes out all models of its account', async () => {
      const { store, target, settle } = await open()
      const [a, b, c] = [target('a', 'one'), target('b', 'one'), target('c', 'two')]
      await settle(b, ok)
      await settle(c, ok)
      const neverAsked = target('d', 'one')
      const ejection = { cause: 'quota-exhausted', forMs: 60_000 } as const
      await settle(a, { ...failed, ejection, forAccount: true })
      expect(await store.admit(b, ask)).toMatchObject({ reason: 'quota-exhausted' })
      expect(await store.admit(neverAsked, ask)).toMatchObject({ reason: 'quota-exhausted' })
      expect(await store.admit(c, ask)).toMatchObject({ admitted: true })
    })

    test('a retry is taken from the budget that first attempts earn', async () => {
      const { store, target, settle } = await open({ retryBudget: { share: 0.5, minPerSecond: 0 } })
      const a = target('a')
      expect(await store.takeRetry(a)).toBe(false)
      await settle(a, ok, 4)
      expect([
        await store.takeRetry(a),
        await store.takeRetry(a),
        await store.takeRetry(a),
      ]).toEqual([true, true, false])
    })

    test('second tries earn nothing', async () => {
      const { store, target, admit } = await open({ retryBudget: { share: 1, minPerSecond: 0 } })
      const a = target('a')
      await admit(a, { isFirst: false })
      expect(await store.takeRetry(a)).toBe(false)
    })

    test('a rate that is used up denies without negotiation', async () => {
      const { store, target, settle } = await open({ rateLimit: { requestsPerMinute: 2 } })
      const a = target('a')
      await settle(a, ok, 2)
      expect(await store.admit(a, { ...ask, lastResort: true })).toMatchObject({
        admitted: false,
        reason: 'not-admitted',
        negotiable: false,
      })
    })

    test('a denied breaker gives the reservation back', async () => {
      const { store, target, settle } = await open({ rateLimit: { requestsPerMinute: 10 } })
      const a = target('a')
      await settle(a, failed, 5)
      for (let call = 0; call < 20; call++) await store.admit(a, ask)
      expect(store.look(a).usedLastMinute.requests).toBe(5)
    })

    test('answers that stop to fit eject the model', async () => {
      const { store, target, takesEffect } = await open()
      const a = target('a')
      for (let answer = 0; answer < 200; answer++) store.reportQuality(a, true)
      for (let answer = 0; answer < 20; answer++) store.reportQuality(a, false)
      await takesEffect(a)
      expect(store.look(a).breaker).toMatchObject({ name: 'open', cause: 'quality' })
      expect(await store.admit(a, ask)).toMatchObject({ reason: 'breaker-open', negotiable: true })
      expect(await store.admit(a, { ...ask, lastResort: true })).toMatchObject({ admitted: true })
    })

    test('quality is left out where the policy says so', async () => {
      const { store, target, takesEffect } = await open({ quality: undefined })
      const a = target('a')
      for (let answer = 0; answer < 100; answer++) store.reportQuality(a, false)
      await takesEffect(a)
      expect(store.look(a)).toMatchObject({ breaker: { name: 'closed' }, validShare: undefined })
    })

    test('each change of state is told once', async () => {
      const { target, settle, clock, changes } = await open()
      const a = target('a')
      await settle(a, failed, 5)
      await clock.advance(1_000)
      await settle(a, ok)
      await clock.advance(5_000)
      await settle(a, ok)
      expect(changes.map(({ from, to }) => `${from} → ${to.name}`)).toEqual([
        'closed → open',
        'open → half-open',
        'half-open → recovering',
        'recovering → closed',
      ])
    })

    test('of many that ask at once one gets the probe', async () => {
      const { store, target, settle, clock } = await open()
      const a = target('a')
      await settle(a, failed, 5)
      await clock.advance(1_000)
      const answers = await Promise.all(Array.from({ length: 50 }, () => store.admit(a, ask)))
      expect(answers.filter(({ admitted }) => admitted)).toHaveLength(1)
    })

    test('of many that ask at once none overdraws the budget', async () => {
      const { store, target } = await open()
      const a = target('a')
      const answers = await Promise.all(Array.from({ length: 50 }, () => store.takeRetry(a)))
      expect(answers.filter((isGiven) => isGiven)).toHaveLength(10)
    })

    test('a permit that nothing was sent with leaves no trace', async () => {
      const { store, target, settle } = await open({ rateLimit: { requestsPerMinute: 10 } })
      const a = target('a')
      await settle(a, { health: 'neutral', sent: false, load: { tokens: 0, usd: 0 } }, 20)
      expect(store.look(a).usedLastMinute).toEqual({ requests: 0, tokens: 0, usd: 0 })
    })

    test('what was used replaces what was reserved', async () => {
      const { store, target, settle } = await open({ rateLimit: { tokensPerMinute: 1_000 } })
      const a = target('a')
      await settle(a, { ...ok, load: { tokens: 700, usd: 0 } })
      expect(store.look(a).usedLastMinute).toMatchObject({ requests: 1, tokens: 700 })
      const large = { ...ask, load: { tokens: 400, usd: 0 } }
      expect(await store.admit(a, large)).toMatchObject({ reason: 'not-admitted' })
    })
  })
}
