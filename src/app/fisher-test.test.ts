import { expect, it } from 'vitest'
import { probabilityOfFall } from './fisher-test.ts'

it.each([
  // Two of the values that Fisher gave for the lady who tastes tea: 1/70, and 17/70 for one mistake.
  [{ good: 4, of: 4 }, { good: 0, of: 4 }, 1 / 70],
  [{ good: 3, of: 4 }, { good: 1, of: 4 }, 17 / 70],
  [{ good: 3, of: 3 }, { good: 0, of: 3 }, 1 / 20],
  [{ good: 50, of: 50 }, { good: 7, of: 10 }, 120 / 34_220],
  [{ good: 10, of: 10 }, { good: 10, of: 10 }, 1],
  [{ good: 0, of: 0 }, { good: 0, of: 3 }, 1],
])('from %j to %j is as probable as %d', (before, now, probability) => {
  expect(probabilityOfFall(before, now)).toBeCloseTo(probability, 10)
})
