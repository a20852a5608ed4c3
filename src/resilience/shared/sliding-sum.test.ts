import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SlidingSum } from './sliding-sum.ts'

const spanMs = 1_000

const additions = fc.array(
  fc.record({ afterMs: fc.integer({ min: 0, max: 700 }), amount: fc.integer({ min: 1, max: 9 }) }),
  { minLength: 1, maxLength: 60 },
)

test('the true sum lies between the two bounds', () => {
  fc.assert(
    fc.property(additions, fc.integer({ min: 1, max: 12 }), (given, slots) => {
      const sum = new SlidingSum(spanMs, slots)
      const history: { readonly atMs: number; readonly amount: number }[] = []
      let nowMs = 1_767_225_600_000
      for (const { afterMs, amount } of given) {
        nowMs += afterMs
        sum.add(nowMs, amount)
        history.push({ atMs: nowMs, amount })
        const exact = history
          .filter(({ atMs }) => atMs > nowMs - spanMs)
          .reduce((total, entry) => total + entry.amount, 0)
        expect(sum.atLeast(nowMs)).toBeLessThanOrEqual(exact)
        expect(sum.atMost(nowMs)).toBeGreaterThanOrEqual(exact)
      }
    }),
  )
})

test('it tells when it will have fallen', () => {
  fc.assert(
    fc.property(additions, fc.integer({ min: 0, max: 40 }), (given, limit) => {
      const sum = new SlidingSum(spanMs, 10)
      let nowMs = 1_767_225_600_000
      for (const { afterMs, amount } of given) {
        nowMs += afterMs
        sum.add(nowMs, amount)
      }
      const waitMs = sum.msUntil(limit, nowMs)
      if (waitMs > 0) expect(sum.atMost(nowMs + waitMs - 1)).toBeGreaterThan(limit)
      expect(sum.atMost(nowMs + waitMs)).toBeLessThanOrEqual(limit)
    }),
  )
})

test('what lies before the span is not changed any more', () => {
  const sum = new SlidingSum(spanMs, 10)
  sum.add(5_000, 3)
  sum.addAt(5_000, 5_400, -2)
  expect(sum.atMost(5_400)).toBe(1)
  sum.addAt(5_000, 7_000, -2)
  expect(sum.atMost(7_000)).toBe(0)
})
