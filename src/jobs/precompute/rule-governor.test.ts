import { expect, test } from 'vitest'
import { isOfUse, isWithinBudget } from './rule-governor.ts'

const tally = (decided: number, used: number, spent = 0) => ({
  rule: 'after',
  made: decided,
  decided,
  used,
  tokens: { spent, used: 0 },
  costUsd: { spent: 0, used: 0 },
  savedMs: 0,
})

test.each([
  ['nothing is known', undefined, {}, true],
  ['too little is known', tally(19, 0), {}, true],
  ['one in ten is used', tally(20, 2), {}, true],
  ['fewer are used', tally(20, 1), {}, false],
  ['the policy wants half', tally(20, 9), { leastUse: 0.5 }, false],
  ['the policy wants none', tally(1_000, 0), { leastUse: 0 }, true],
])('a rule is judged where %s', (_case, known, policy, expected) => {
  expect(isOfUse(known, policy)).toBe(expected)
})

test('the tokens of all rules count for the day', () => {
  const day = [tally(1, 0, 60), tally(1, 0, 40)]
  expect(isWithinBudget(day, { tokensPerDay: 101 })).toBe(true)
  expect(isWithinBudget(day, { tokensPerDay: 100 })).toBe(false)
  expect(isWithinBudget(day, {})).toBe(true)
})
