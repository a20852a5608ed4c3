import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TrafficBudget } from './traffic-budget.ts'

const limits = { share: 0.2, minPerSecond: 1 }
const startMs = 1_767_225_600_000

function withdrawAll(budget: TrafficBudget, nowMs: number): number {
  let taken = 0
  while (budget.tryWithdraw(nowMs, limits)) taken++
  return taken
}

test('without traffic the floor is all there is', () => {
  const budget = new TrafficBudget()
  expect(withdrawAll(budget, startMs)).toBe(10)
  expect(budget.tryWithdraw(startMs + 9_000, limits)).toBe(false)
  expect(withdrawAll(budget, startMs + 11_000)).toBe(10)
})

test('traffic earns a fifth of itself', () => {
  const budget = new TrafficBudget()
  for (let call = 0; call < 100; call++) budget.deposit(startMs)
  expect(withdrawAll(budget, startMs)).toBe(30)
})

test('what was earned is forgotten after ten seconds', () => {
  const budget = new TrafficBudget()
  for (let call = 0; call < 100; call++) budget.deposit(startMs)
  expect(withdrawAll(budget, startMs + 11_000)).toBe(10)
})

test('no history of ten seconds exceeds the budget', () => {
  const events = fc.array(
    fc.record({
      afterMs: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 12_000 })),
      isCall: fc.boolean(),
      times: fc.integer({ min: 1, max: 25 }),
    }),
    { maxLength: 80 },
  )
  const settings = fc.record({
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    minPerSecond: fc.double({ min: 0, max: 3, noNaN: true }),
  })
  fc.assert(
    fc.property(events, settings, (given, budgetLimits) => {
      const budget = new TrafficBudget()
      const calls: number[] = []
      const retries: number[] = []
      let nowMs = startMs
      for (const { afterMs, isCall, times } of given) {
        nowMs += afterMs
        for (let time = 0; time < times; time++) {
          if (isCall) {
            budget.deposit(nowMs)
            calls.push(nowMs)
          } else if (budget.tryWithdraw(nowMs, budgetLimits)) {
            retries.push(nowMs)
            const recent = (at: number) => at > nowMs - 10_000
            const allowed =
              budgetLimits.share * calls.filter(recent).length + budgetLimits.minPerSecond * 10
            expect(retries.filter(recent).length).toBeLessThanOrEqual(allowed + 1e-6)
          }
        }
      }
    }),
  )
})
