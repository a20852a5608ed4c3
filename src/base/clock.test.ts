import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../testing/fake-clock.ts'
import { sleep, systemClock } from './clock.ts'

describe('sleep', () => {
  it('resolves when the time has come and not before', async () => {
    const clock = createFakeClock()
    let woke = false
    const slept = sleep(clock, 100).then(() => {
      woke = true
    })
    await clock.advance(99)
    expect(woke).toBe(false)
    await clock.advance(1)
    await slept
    expect(woke).toBe(true)
  })

  it('rejects with the reason of the abort and leaves no timer', async () => {
    const clock = createFakeClock()
    const controller = new AbortController()
    const slept = sleep(clock, 100, controller.signal)
    controller.abort('enough')
    await expect(slept).rejects.toBe('enough')
    expect(clock.pendingTimers).toBe(0)
  })

  it('rejects at once when it is aborted already', async () => {
    await expect(sleep(createFakeClock(), 100, AbortSignal.abort('before'))).rejects.toBe('before')
  })
})

describe('systemClock', () => {
  it('never goes back', () => {
    const first = systemClock.now()
    expect(systemClock.now()).toBeGreaterThanOrEqual(first)
  })

  it('fires timers and forgets those that are cancelled', async () => {
    const fired: string[] = []
    const cancel = systemClock.setTimer(0, () => fired.push('cancelled'))
    cancel()
    cancel()
    await new Promise<void>((resolve) => systemClock.setTimer(0, resolve))
    expect(fired).toEqual([])
  })
})
