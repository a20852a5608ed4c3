import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { ConcurrencyLane, type ConcurrencySettings } from './concurrency-lane.ts'

const unlimited: ConcurrencySettings = {
  initial: Number.POSITIVE_INFINITY,
  min: 1,
  max: Number.POSITIVE_INFINITY,
  queueLength: 10,
}

function createRig(settings: Partial<ConcurrencySettings> = {}) {
  const clock = createFakeClock()
  const lane = new ConcurrencyLane()
  const all = { ...unlimited, ...settings }
  const controller = new AbortController()
  return {
    clock,
    lane,
    settings: all,
    controller,
    enter: (waitMs = 0, signal = controller.signal) =>
      lane.enter({ settings: all, clock, waitMs, signal }),
    leave: (push: 'back' | 'none' | 'unknown', startedAtMs = clock.now()) =>
      lane.leave({ settings: all, push, startedAtMs, nowMs: clock.now() }),
  }
}

test('there is no limit before the provider pushes back', async () => {
  const { enter, lane } = createRig()
  for (let call = 0; call < 10_000; call++) expect(await enter()).toBe(true)
  expect(lane.inFlight).toBe(10_000)
})

test('a lone push back is bad luck', async () => {
  const { enter, leave, lane, settings } = createRig()
  for (let call = 0; call < 40; call++) {
    await enter()
    leave(call % 20 === 0 ? 'back' : 'none')
  }
  expect(lane.limit(settings)).toBe(Number.POSITIVE_INFINITY)
})

test('three push backs in twenty cut the limit to less than what was under way', async () => {
  const { enter, leave, lane, settings } = createRig()
  for (let call = 0; call < 102; call++) await enter()
  for (let call = 0; call < 3; call++) leave('back')
  expect(lane.limit(settings)).toBe(70)
  expect(await enter()).toBe(false)
})

test('one round trip cuts once', async () => {
  const { enter, leave, lane, settings, clock } = createRig()
  const sentAtMs = clock.now()
  for (let call = 0; call < 102; call++) await enter()
  await clock.advance(1_000)
  for (let call = 0; call < 50; call++) leave('back', sentAtMs)
  expect(lane.limit(settings)).toBe(70)
})

test('the limit does not fall below its floor', async () => {
  const { enter, leave, lane, settings } = createRig({ min: 8 })
  for (let call = 0; call < 4; call++) await enter()
  for (let call = 0; call < 4; call++) leave('back')
  expect(lane.limit(settings)).toBe(8)
})

test('a full round that went well raises it by one', async () => {
  const { enter, leave, lane, settings } = createRig({ initial: 10 })
  for (let call = 0; call < 10; call++) await enter()
  for (let call = 0; call < 5; call++) leave('none')
  expect(lane.limit(settings)).toBeGreaterThan(10.4)
  expect(lane.limit(settings)).toBeLessThan(10.6)
})

test('a limit that is not used does not grow', async () => {
  const { enter, leave, lane, settings } = createRig({ initial: 10 })
  for (let call = 0; call < 20; call++) {
    await enter()
    leave('none')
  }
  expect(lane.limit(settings)).toBe(10)
})

test('those who wait enter in their order', async () => {
  const { enter, leave } = createRig({ initial: 1 })
  await enter()
  const order: number[] = []
  const waiting = [1, 2, 3].map(async (number) => {
    if (await enter(1_000)) order.push(number)
  })
  for (const _ of waiting) {
    leave('unknown')
    await Promise.resolve()
  }
  await Promise.all(waiting)
  expect(order).toEqual([1, 2, 3])
})

test('nobody overtakes those who wait', async () => {
  const { enter, leave, lane, settings } = createRig({ initial: 1 })
  await enter()
  const waiting = enter(1_000)
  expect(lane.tryEnter(settings)).toBe(false)
  leave('unknown')
  expect(await waiting).toBe(true)
  expect(lane.tryEnter(settings)).toBe(false)
})

test('a wait ends after its time and leaves no timer', async () => {
  const { enter, clock, lane } = createRig({ initial: 1 })
  await enter()
  const waiting = enter(500)
  await clock.advance(500)
  expect(await waiting).toBe(false)
  expect({ timers: clock.pendingTimers, queued: lane.queued }).toEqual({ timers: 0, queued: 0 })
})

test('an abort ends a wait at once and leaves no timer', async () => {
  const { enter, clock, lane, controller } = createRig({ initial: 1 })
  await enter()
  const waiting = enter(500)
  controller.abort('gone')
  expect(await waiting).toBe(false)
  expect({ timers: clock.pendingTimers, queued: lane.queued }).toEqual({ timers: 0, queued: 0 })
})

test('a full queue turns away at once', async () => {
  const { enter } = createRig({ initial: 1, queueLength: 1 })
  await enter()
  const first = enter(500)
  expect(await enter(500)).toBe(false)
  await Promise.race([first, Promise.resolve()])
})

test('no history exceeds the limit or loses a place', () => {
  const step = fc.record({
    type: fc.constantFrom('enter', 'leave', 'leave', 'abort'),
    push: fc.constantFrom('back', 'none', 'unknown'),
    ms: fc.integer({ min: 0, max: 50 }),
  })
  return fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { lane, clock, settings, enter, leave } = createRig({ initial: 4, queueLength: 5 })
      const waiters = new Set<AbortController>()
      let entered = 0
      for (const { type, push, ms } of steps) {
        if (type === 'enter') {
          const controller = new AbortController()
          waiters.add(controller)
          const limit = lane.limit(settings)
          const before = lane.inFlight
          void enter(100, controller.signal).then((did) => {
            waiters.delete(controller)
            if (did) entered++
          })
          if (before >= limit) expect(lane.inFlight).toBe(before)
        }
        if (type === 'leave' && lane.inFlight > 0) {
          entered--
          leave(push as 'back', clock.now() - ms)
        }
        if (type === 'abort') [...waiters].at(-1)?.abort()
        await Promise.resolve()
        await Promise.resolve()
        expect(lane.queued).toBeLessThanOrEqual(settings.queueLength)
      }
      await clock.advance(200)
      expect(lane.inFlight).toBe(entered)
      expect({ queued: lane.queued, timers: clock.pendingTimers }).toEqual({ queued: 0, timers: 0 })
    }),
    { numRuns: 300 },
  )
})
