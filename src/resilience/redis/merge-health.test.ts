import { expect, test } from 'vitest'
import { defaults } from '../settings.ts'
import { AccountHealth } from '../shared/account-health.ts'
import type { Ask, HealthTarget, Settlement, TargetState } from '../shared/health-store.ts'
import { mergeHealth } from './merge-health.ts'

const nowMs = Date.UTC(2026, 0, 1)
const { breaker, quality, retryBudget } = defaults
const target: HealthTarget = {
  key: 'a',
  account: 'a',
  settings: { breaker, quality, retryBudget, rateLimit: { requestsPerMinute: 1_000 } },
}
const load = { tokens: 10, usd: 0 }
const ask: Ask = { isFirst: true, lastResort: false, load }

type History = (health: AccountHealth) => void

function run(times: number, settlement: Partial<Settlement> = {}, atMs = nowMs): History {
  return (health) => {
    for (let time = 0; time < times; time++) {
      const answer = health.admit(target, ask, atMs)
      if (!answer.admitted) throw new Error(`Denied: ${answer.reason}`)
      health.settle(target, answer, { health: 'ok', sent: true, load, ...settlement }, atMs)
    }
  }
}

/** The state after two sides that had `before` in common went on by themselves. */
function merge(before: History, alone: History, others: History, atMs = nowMs): TargetState {
  const base = new AccountHealth(() => 0.5)
  before(base)
  const from = (history: History) => {
    const side = new AccountHealth(() => 0.5)
    side.restore(base.save())
    history(side)
    return { health: side.save(), settings: {} }
  }
  const merged = new AccountHealth(() => 0.5)
  const start = { health: base.save(), settings: {} }
  merged.restore(mergeHealth(start, from(alone), from(others)).health)
  return merged.look(target, atMs)
}

const nothing: History = () => {}
const fails5 = run(5, { health: 'failed' })
const hold = (holdMs: number) => run(1, { health: 'neutral', holdMs, holdReason: 'rate-limited' })

test('what was counted on both sides is added up', () => {
  const { usedLastMinute } = merge(run(3), run(4), run(5))
  expect(usedLastMinute).toEqual({ requests: 12, tokens: 120, usd: 0 })
})

test('counts of different times keep their time', () => {
  const laterMs = nowMs + 30_000
  const both = merge(nothing, run(4, {}, laterMs), run(5), laterMs)
  expect(both.usedLastMinute.requests).toBe(9)
  const halfAMinuteOn = merge(nothing, run(4, {}, laterMs), run(5), nowMs + 70_000)
  expect(halfAMinuteOn.usedLastMinute.requests).toBe(4)
})

test('retries that both gave are spent', () => {
  const retries: History = (health) => {
    for (let time = 0; time < 4; time++) health.takeRetry(target, nowMs)
  }
  expect(merge(nothing, retries, retries).retriesLeft).toBe(2)
})

test('a breaker that opened on either side is open', () => {
  expect(merge(run(1), fails5, run(1)).breaker.name).toBe('open')
  expect(merge(run(1), run(1), fails5).breaker.name).toBe('open')
})

test('a breaker that one side closed is closed where the other knows nothing new', () => {
  const recovers = run(1, {}, nowMs + 1_000)
  expect(merge(fails5, recovers, nothing).breaker.name).toBe('recovering')
  expect(merge(fails5, nothing, recovers).breaker.name).toBe('recovering')
})

test('where both sides changed the more careful holds', () => {
  const probeFails = run(1, { health: 'failed' }, nowMs + 1_000)
  const recovers = run(1, {}, nowMs + 1_000)
  expect(merge(fails5, recovers, probeFails).breaker).toMatchObject({ name: 'open', openings: 2 })
  expect(merge(fails5, probeFails, recovers).breaker).toMatchObject({ name: 'open', openings: 2 })
})

test('of two waits the longer holds', () => {
  expect(merge(nothing, hold(3_000), hold(2_000)).heldUntilMs).toBe(nowMs + 3_000)
  expect(merge(nothing, hold(2_000), hold(3_000)).heldUntilMs).toBe(nowMs + 3_000)
  expect(merge(nothing, nothing, hold(3_000)).heldUntilMs).toBe(nowMs + 3_000)
})

test('a wait that one side found not to be meant is over', () => {
  const long: History = (health) => {
    run(20)(health)
    hold(60_000)(health)
  }
  const refutes: History = (health) => {
    const answer = health.admit(target, { ...ask, lastResort: true }, nowMs)
    if (answer.admitted) health.settle(target, answer, { health: 'ok', sent: true, load }, nowMs)
  }
  expect(merge(long, refutes, nothing).heldUntilMs).toBeUndefined()
  expect(merge(long, nothing, refutes).heldUntilMs).toBeUndefined()
})

test('an ejected account stays ejected for models that nobody has asked', () => {
  const spends = run(1, {
    health: 'failed',
    ejection: { cause: 'quota-exhausted', forMs: 60_000 },
    forAccount: true,
  })
  const base = new AccountHealth(() => 0.5)
  const fork = new AccountHealth(() => 0.5)
  spends(fork)
  const [start, alone] = [base, fork].map((each) => ({ health: each.save(), settings: {} }))
  if (!start || !alone) throw new Error('Nothing was saved')
  const merged = new AccountHealth(() => 0.5)
  merged.restore(mergeHealth(start, alone, start).health)
  const never = merged.admit({ ...target, key: 'b' }, ask, nowMs)
  expect(never).toMatchObject({ admitted: false, reason: 'quota-exhausted' })
})
