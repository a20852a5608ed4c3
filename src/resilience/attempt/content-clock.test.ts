import { expect, test } from 'vitest'
import { ContentClock, type ContentLimits } from './content-clock.ts'

const nowMs = 1_767_225_600_000

function createClock(limits: Partial<ContentLimits> = {}) {
  return new ContentClock({
    firstContentMs: 1_000,
    chunkMs: 400,
    attemptMs: 10_000,
    endMs: nowMs + 3_000,
    reserveMs: 0,
    ...limits,
  })
}

test('before the first content its own limit counts', () => {
  expect(createClock().begin(nowMs)).toEqual({ ms: 1_000, reason: 'first-content-timeout' })
})

test('what is no content does not move it', () => {
  const clock = createClock()
  clock.begin(nowMs)
  clock.end(nowMs + 300)
  expect(clock.begin(nowMs + 300)).toEqual({ ms: 700, reason: 'first-content-timeout' })
})

test('each piece of content begins a new pause', () => {
  const clock = createClock()
  clock.begin(nowMs)
  clock.end(nowMs + 300)
  clock.content(nowMs + 300)
  expect(clock.begin(nowMs + 300)).toEqual({ ms: 400, reason: 'idle-timeout' })
})

test('the time that a reader takes does not count', () => {
  const clock = createClock({ endMs: nowMs + 60_000 })
  clock.begin(nowMs)
  clock.end(nowMs + 100)
  clock.content(nowMs + 100)
  expect(clock.begin(nowMs + 30_000)).toEqual({ ms: 400, reason: 'idle-timeout' })
  expect(clock.waitedMs(nowMs + 30_050)).toBe(150)
})

test('the attempt ends with its own limit and the call with its deadline', () => {
  const short = createClock({ attemptMs: 500 })
  expect(short.begin(nowMs)).toEqual({ ms: 500, reason: 'attempt-timeout' })
  expect(createClock().begin(nowMs + 2_500)).toEqual({ ms: 500, reason: 'deadline' })
  expect(createClock({ firstContentMs: 3_000 }).begin(nowMs).reason).toBe('deadline')
})

test('a stall leaves time for another attempt as long as one fits', () => {
  const stallLimit = (reserveMs: number, atMs: number) => {
    const clock = createClock({ chunkMs: 5_000, reserveMs })
    clock.content(nowMs + atMs)
    return clock.begin(nowMs + atMs).ms
  }
  expect(stallLimit(300, 0)).toBe(1_500)
  expect(stallLimit(2_000, 0)).toBe(1_000)
  expect(stallLimit(300, 2_100)).toBe(500)
  // No attempt would fit any more: the whole rest is for this one.
  expect(stallLimit(300, 2_500)).toBe(500)
  expect(stallLimit(2_900, 0)).toBe(3_000)
})
