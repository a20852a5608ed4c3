import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inRounds } from './in-rounds.ts'

const keyOf = (item: string) => item

test('different keys go in one round', () => {
  expect(inRounds(['a', 'b'], keyOf)).toEqual([
    [
      { place: 0, item: 'a' },
      { place: 1, item: 'b' },
    ],
  ])
  expect(inRounds([], keyOf)).toEqual([])
})

test('rounds hold every item once, and each key in order', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c')), (items) => {
      const rounds = inRounds(items, keyOf)
      for (const round of rounds) {
        expect(new Set(round.map(({ item }) => item)).size).toBe(round.length)
      }
      for (const key of ['a', 'b', 'c']) {
        const places = rounds.flatMap((round) =>
          round.filter(({ item }) => item === key).map(({ place }) => place),
        )
        expect(places).toEqual(items.flatMap((item, place) => (item === key ? [place] : [])))
      }
    }),
  )
})
