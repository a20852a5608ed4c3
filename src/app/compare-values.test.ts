import { describe, expect, it } from 'vitest'
import { differencesOf, hasShapeOf } from './compare-values.ts'

describe('differencesOf', () => {
  it('finds nothing in equal values', () => {
    const value = { a: [1, { b: null }], c: 'x' }
    expect(differencesOf(value, structuredClone(value))).toEqual([])
  })

  it('names each place with both values', () => {
    const before = { items: [{ price: 1 }, { price: 2 }], note: 'x' }
    const now = { items: [{ price: 1 }, { price: 3 }], extra: true }
    expect(differencesOf(before, now)).toEqual([
      { path: 'items[1].price', before: 2, now: 3 },
      { path: 'note', before: 'x', now: undefined },
      { path: 'extra', before: undefined, now: true },
    ])
    expect(differencesOf('a', { a: 1 })).toEqual([{ path: '', before: 'a', now: { a: 1 } }])
  })
})

it.each([
  [{ a: 1 }, { a: 2, more: 'x' }, true],
  [{ a: 1 }, { a: '1' }, false],
  [{ a: 1 }, {}, false],
  [[{ a: 1 }, 'x'], ['y', { a: 3 }, { a: 4 }], true],
  [['x'], [1], false],
  [[], ['anything'], true],
  [null, null, true],
  [null, {}, false],
  [{}, [], false],
  ['text', 'other text', true],
])('the shape of %j fits %j: %s', (expected, value, fits) => {
  expect(hasShapeOf(expected, value)).toBe(fits)
})
