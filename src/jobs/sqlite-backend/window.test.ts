import fc from 'fast-check'
import { expect, it } from 'vitest'
import { windowOf } from './window.ts'

it('counts negative indices from the end', () => {
  expect(windowOf(0, -1, 5)).toEqual({ offset: 0, limit: 5 })
  expect(windowOf(-2, -1, 5)).toEqual({ offset: 3, limit: 2 })
  expect(windowOf(1, 2, 5)).toEqual({ offset: 1, limit: 2 })
  expect(windowOf(7, 9, 5).limit).toBe(0)
  expect(windowOf(3, 1, 5).limit).toBe(0)
})

it('never reaches beyond the list', () => {
  const index = fc.integer({ min: -30, max: 30 })
  fc.assert(
    fc.property(index, index, fc.nat({ max: 20 }), (start, end, total) => {
      const { offset, limit } = windowOf(start, end, total)
      expect(offset).toBeGreaterThanOrEqual(0)
      expect(limit === 0 || offset + limit <= total).toBe(true)
    }),
  )
})
