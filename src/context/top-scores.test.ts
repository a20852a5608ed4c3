import fc from 'fast-check'
import { expect, it } from 'vitest'
import { topScores } from './top-scores.ts'

it('gives what a sort of all would give', () => {
  const scores = fc.array(fc.integer({ min: -2, max: 9 }), { maxLength: 60 })
  fc.assert(
    fc.property(scores, fc.nat({ max: 70 }), (values, count) => {
      const sorted = [...values.keys()]
        .filter((at) => (values[at] ?? 0) > 0)
        .toSorted((one, other) => (values[other] ?? 0) - (values[one] ?? 0) || other - one)
      expect(topScores(Float64Array.from(values), count)).toEqual(sorted.slice(0, count))
    }),
  )
})
