import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextIntervalRun } from './scheduler-time.ts'

const rule = { everyMs: 1_000, offsetMs: 0, startDate: undefined }

describe('the first run of an interval', () => {
  it('is now', () => {
    expect(nextIntervalRun(rule, undefined, 12_345)).toEqual({ runAt: 12_345, offsetMs: 345 })
  })

  it('is at the start date if that is to come', () => {
    expect(nextIntervalRun({ ...rule, startDate: 20_000 }, undefined, 12_345).runAt).toBe(20_000)
    expect(nextIntervalRun({ ...rule, startDate: 2_000 }, undefined, 12_345).runAt).toBe(12_345)
  })

  it('is at the next multiple plus offset if there is an offset', () => {
    expect(nextIntervalRun({ ...rule, offsetMs: 400 }, undefined, 12_345).runAt).toBe(12_400)
    expect(nextIntervalRun({ ...rule, offsetMs: 300 }, undefined, 12_345).runAt).toBe(13_300)
  })
})

describe('a later run', () => {
  it('follows the last by one interval', () => {
    expect(nextIntervalRun(rule, 12_345, 12_400).runAt).toBe(13_345)
  })

  it('leaves out what was missed and keeps the rhythm', () => {
    const shifted = { ...rule, offsetMs: 345 }
    expect(nextIntervalRun(shifted, 12_345, 60_500).runAt).toBe(61_345)
  })

  it('is never in the past and at most one interval and offset ahead', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.nat({ max: 99_999 }),
        fc.nat({ max: 10_000_000 }),
        fc.nat({ max: 10_000_000 }),
        (everyMs, shift, lastRun, waited) => {
          const offsetMs = shift % everyMs
          const now = lastRun + waited
          const { runAt } = nextIntervalRun({ ...rule, everyMs, offsetMs }, lastRun, now)
          expect(runAt).toBeGreaterThanOrEqual(now)
          expect(runAt).toBeLessThanOrEqual(now + 2 * everyMs)
        },
      ),
    )
  })
})
