import { expect, it } from 'vitest'
import { createFakeClock } from '../testing/fake-clock.ts'
import { createRetryGate } from './retry-gate.ts'

const never = new AbortController().signal

/** Waits at a gate and tells how long it took. */
const delaysOf = async (times: number, random: () => number, reset?: number) => {
  const clock = createFakeClock()
  const gate = createRetryGate(clock, random)
  const delays: number[] = []
  for (let count = 0; count < times; count++) {
    if (count === reset) gate.reset()
    const from = clock.now()
    const waited = gate.wait(never).then(() => delays.push(clock.now() - from))
    await clock.advance(20_000)
    await waited
  }
  return delays
}

it('the wait doubles up to 10 s', async () => {
  const longest = await delaysOf(8, () => 0.999_999)
  expect(longest.map(Math.round)).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
})

it('jitter takes up to half of it', async () => {
  expect(await delaysOf(3, () => 0)).toEqual([125, 250, 500])
})

it('a connection that stands makes it short again', async () => {
  expect(await delaysOf(4, () => 0, 3)).toEqual([125, 250, 500, 125])
})

it('all who wait go through together', async () => {
  const clock = createFakeClock()
  const gate = createRetryGate(clock, () => 0)
  const waits = [gate.wait(never), gate.wait(never), gate.wait(never)]
  expect(clock.pendingTimers).toBe(1)
  await clock.advance(125)
  await Promise.all(waits)
})

it('the last who leaves takes the timer along', async () => {
  const clock = createFakeClock()
  const gate = createRetryGate(clock, () => 0)
  const first = new AbortController()
  const second = new AbortController()
  const waits = [gate.wait(first.signal), gate.wait(second.signal)]
  first.abort('one')
  await expect(waits[0]).rejects.toBe('one')
  expect(clock.pendingTimers).toBe(1)
  second.abort('two')
  await expect(waits[1]).rejects.toBe('two')
  expect(clock.pendingTimers).toBe(0)
})
