import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../testing/fake-clock.ts'
import { startDeadline } from './deadline.ts'
import { isHoldfastError } from './errors.ts'

describe('startDeadline', () => {
  it('counts down and aborts when it passes', async () => {
    const clock = createFakeClock()
    const deadline = startDeadline(clock, 1_000)
    await clock.advance(400)
    expect(deadline.remainingMs()).toBe(600)
    expect(deadline.signal.aborted).toBe(false)
    await clock.advance(600)
    expect(isHoldfastError(deadline.signal.reason, 'DEADLINE_EXCEEDED')).toBe(true)
    await clock.advance(50)
    expect(deadline.remainingMs()).toBe(0)
  })

  it('ends with the reason of the caller when that comes first', () => {
    const caller = new AbortController()
    const deadline = startDeadline(createFakeClock(), 1_000, caller.signal)
    caller.abort('left')
    expect(deadline.signal.reason).toBe('left')
  })

  it('leaves no timer after release', () => {
    const clock = createFakeClock()
    startDeadline(clock, 1_000).release()
    expect(clock.pendingTimers).toBe(0)
  })
})
