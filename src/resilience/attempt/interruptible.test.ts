import { expect, test } from 'vitest'
import type { Clock } from '../../base/clock.ts'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { Interruptible } from './interruptible.ts'

const limit = Symbol('limit')
const never = new Promise<never>(() => {})

test('what comes in time leaves no timer', async () => {
  const clock = createFakeClock()
  const waiter = new Interruptible(clock)
  expect(await waiter.wait(Promise.resolve(7), 100, limit)).toBe(7)
  await expect(waiter.wait(Promise.reject(new Error('no')), 100, limit)).rejects.toThrow('no')
  expect(clock.pendingTimers).toBe(0)
})

test('a limit lets go of what never comes', async () => {
  const clock = createFakeClock()
  const waiting = new Interruptible(clock).wait(never, 100, limit)
  const rejected = expect(waiting).rejects.toBe(limit)
  await clock.advance(100)
  await rejected
  expect(clock.pendingTimers).toBe(0)
})

test('an interrupt lets go at once', async () => {
  const clock = createFakeClock()
  const waiter = new Interruptible(clock)
  const waiting = waiter.wait(never, 100, limit)
  waiter.interrupt('gone')
  await expect(waiting).rejects.toBe('gone')
  expect(clock.pendingTimers).toBe(0)
})

test('what comes too late does not disturb the next wait', async () => {
  const clock = createFakeClock()
  const waiter = new Interruptible(clock)
  let fail = (_: Error) => {}
  const late = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  const first = waiter.wait(late, 100, limit)
  waiter.interrupt('gone')
  await expect(first).rejects.toBe('gone')
  const second = waiter.wait(
    Promise.resolve().then(() => 'second'),
    100,
    limit,
  )
  fail(new Error('late'))
  expect(await second).toBe('second')
  expect(clock.pendingTimers).toBe(0)
})

test('an interrupt without a wait does nothing', () => {
  new Interruptible(createFakeClock()).interrupt('nobody')
})

test('a process that stood still reads its socket before it gives up', async () => {
  const timers: { readonly delayMs: number; readonly callback: () => void }[] = []
  let nowMs = 0
  const clock: Clock = {
    now: () => nowMs,
    setTimer: (delayMs, callback) => {
      timers.push({ delayMs, callback })
      return () => {}
    },
  }
  let arrive = (_: string) => {}
  const answer = new Promise<string>((resolve) => {
    arrive = resolve
  })
  const waiting = new Interruptible(clock).wait(answer, 100, limit)
  nowMs = 2_000
  timers[0]?.callback()
  expect(timers[1]?.delayMs).toBe(0)
  arrive('it was there all the time')
  expect(await waiting).toBe('it was there all the time')
})
