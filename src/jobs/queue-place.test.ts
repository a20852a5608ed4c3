import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { baseOf, lowestPriority, queuePriority } from './queue-place.ts'

const at = (priority: number, startTag: number, clock = 0) =>
  queuePriority({ priority, startTag }, baseOf(clock))

const priorities = fc.integer({ min: 0, max: lowestPriority })
const clocks = fc.integer({ min: 0, max: 2 ** 40 })
/** How far a tag may be ahead of the clock and still be told from others. */
const aheads = fc.integer({ min: 0, max: 2 ** 16 - 2 })

describe('the priority in the queue', () => {
  it('stays within the 21 bits and is never none', () => {
    const tags = fc.integer({ min: 0, max: 2 ** 50 })
    fc.assert(
      fc.property(priorities, tags, clocks, (priority, tag, clock) => {
        const value = at(priority, tag, clock)
        expect(Number.isInteger(value) && value >= 1 && value <= 2 ** 21 - 1).toBe(true)
      }),
    )
  })

  it('follows the round within a priority', () => {
    fc.assert(
      fc.property(priorities, clocks, aheads, aheads, (priority, clock, one, other) => {
        const [first, second] = [
          at(priority, clock + one, clock),
          at(priority, clock + other, clock),
        ]
        expect(Math.sign(first - second)).toBe(Math.sign(one - other))
      }),
    )
  })

  it('puts every round of a priority before all of the next', () => {
    expect(at(2, 10 ** 9)).toBeLessThan(at(3, 0))
  })

  it('is as late as can be beyond the last round', () => {
    expect(at(lowestPriority, 2 ** 40)).toBe(2 ** 21 - 1)
  })
})
