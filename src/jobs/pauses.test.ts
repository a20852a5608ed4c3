import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../testing/fake-clock.ts'
import { createPauses } from './pauses.ts'

function setUp() {
  const clock = createFakeClock()
  return { clock, startMs: clock.now(), pauses: createPauses(clock) }
}

describe('pauses', () => {
  it('put the jobs of one pipeline aside and no others', () => {
    const { pauses, startMs } = setUp()
    pauses.pause('a', 2_000)
    expect(pauses.putAside('a')).toBe(startMs + 2_000)
    expect(pauses.putAside('b')).toBeUndefined()
  })

  it('bring the jobs back one after the other, within five seconds', () => {
    const { pauses, startMs } = setUp()
    pauses.pause('a', 2_000)
    const times = Array.from({ length: 10_000 }, () => (pauses.putAside('a') ?? 0) - startMs)
    expect(times.slice(0, 3)).toEqual([2_000, 2_010, 2_020])
    expect(times.at(-1)).toBe(7_000)
  })

  it('end when their time has come', async () => {
    const { clock, pauses } = setUp()
    pauses.pause('a', 2_000)
    await clock.advance(2_000)
    expect(pauses.putAside('a')).toBeUndefined()
  })

  it('last as long as the longest that was asked for', () => {
    const { pauses, startMs } = setUp()
    pauses.pause('a', 2_000)
    pauses.pause('a', 500)
    expect(pauses.putAside('a')).toBe(startMs + 2_000)
    pauses.pause('a', 3_000)
    expect(pauses.putAside('a')).toBe(startMs + 3_010)
  })
})
