import { expect, test } from 'vitest'
import { QualityTest } from './quality-test.ts'

const settings = { leastValidShare: 0.3, falseAlarmEvery: 100_000, ejectMs: 60_000 }

/** A generator with a seed: what a test says about chance it says about the same chance each time. */
function diceFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function learnt(random: () => number, validShare: number): QualityTest {
  const test = new QualityTest()
  for (let answer = 0; answer < 1_000; answer++) test.observe(random() < validShare, settings)
  return test
}

/** Answers until the alarm. */
function noticedAfter(test: QualityTest, random: () => number, validShare: number): number {
  for (let answer = 1; answer <= 10_000; answer++) {
    if (test.observe(random() < validShare, settings)) return answer
  }
  return Number.POSITIVE_INFINITY
}

test('a fall from 99 to 90 percent is noticed within 200 answers', () => {
  const delays = Array.from({ length: 100 }, (_, seed) => {
    const random = diceFrom(seed + 1)
    return noticedAfter(learnt(random, 0.99), random, 0.9)
  }).sort((a, b) => a - b)
  expect(delays[50]).toBeLessThan(100)
  expect(delays[95]).toBeLessThan(200)
})

test.each([1, 0.99, 0.97])(
  'a usual share of %d gives at most ten false alarms in a million',
  (share) => {
    const random = diceFrom(7)
    const test = learnt(random, share)
    let alarms = 0
    for (let answer = 0; answer < 1_000_000; answer++) {
      if (test.observe(random() < share, settings)) alarms++
    }
    expect(alarms).toBeLessThanOrEqual(10)
  },
)

test('a model that always answers badly is measured against itself', () => {
  const random = diceFrom(3)
  expect(noticedAfter(learnt(random, 0.7), random, 0.7)).toBe(Number.POSITIVE_INFINITY)
})

test('a model that hardly ever fits is given up at once', () => {
  const test = new QualityTest()
  const alarms = Array.from({ length: 20 }, () => test.observe(false, settings))
  expect(alarms.indexOf(true)).toBe(19)
})

test('a model that is still as bad when it returns is noticed faster', () => {
  const random = diceFrom(11)
  const test = learnt(random, 0.99)
  const first = noticedAfter(test, () => 0.95, 0.9)
  const second = noticedAfter(test, () => 0.95, 0.9)
  expect(second).toBeLessThan(first)
})

test('what is suspected is not taken for usual', () => {
  const random = diceFrom(5)
  const test = learnt(random, 0.99)
  const before = test.usualValidShare
  noticedAfter(test, random, 0.9)
  expect(before - test.usualValidShare).toBeLessThan(0.02)
})
