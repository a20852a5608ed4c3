import { describe, expect, it } from 'vitest'
import { seededRandom } from './seeded.ts'

const draw = (seed: number, count: number) => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, random)
}

describe('seededRandom', () => {
  it('repeats itself for the same seed alone', () => {
    expect(draw(1, 100)).toEqual(draw(1, 100))
    expect(draw(1, 100)).not.toEqual(draw(2, 100))
  })

  it('spreads evenly over its range', () => {
    const buckets = new Array<number>(10).fill(0)
    for (const value of draw(1, 10_000)) {
      const bucket = Math.floor(value * 10)
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
    }
    // Four standard deviations of a binomial count with p = 0.1.
    for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(120)
  })
})
