import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createNumberLists } from './number-lists.ts'

it('keeps what a list of lists would keep', () => {
  const change = fc.oneof(
    fc.array(fc.nat({ max: 1_000_000 }), { maxLength: 600 }),
    fc.nat({ max: 3 }),
  )
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const lists = createNumberLists()
      let model: number[][] = []
      for (const each of changes) {
        if (typeof each === 'number') {
          const count = Math.min(each, model.length)
          lists.forget(count)
          model = model.slice(count)
        } else {
          lists.add(each)
          model.push(each)
        }
      }
      expect(model.map((_, place) => [...lists.at(place)])).toEqual(model)
    }),
  )
})
