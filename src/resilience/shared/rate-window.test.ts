import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RateWindow, type Reservation } from './rate-window.ts'

const startMs = 1_767_225_600_000
const load = { tokens: 100, usd: 0.01 }

function reserved(answer: Reservation | number): Reservation {
  if (typeof answer === 'number') throw new Error(`Not admitted for ${answer} ms`)
  return answer
}

test('requests beyond the limit of a minute wait for its end', () => {
  const window = new RateWindow()
  const limit = { requestsPerMinute: 2 }
  reserved(window.reserve(startMs, load, limit))
  reserved(window.reserve(startMs + 10_000, load, limit))
  const waitMs = window.reserve(startMs + 20_000, load, limit)
  expect(waitMs).toBeGreaterThan(39_000)
  expect(waitMs).toBeLessThanOrEqual(41_000)
  reserved(window.reserve(startMs + 20_000 + Number(waitMs), load, limit))
})

test('tokens and dollars are limited as well', () => {
  const window = new RateWindow()
  reserved(window.reserve(startMs, load, { tokensPerMinute: 150 }))
  expect(window.reserve(startMs, load, { tokensPerMinute: 150 })).toBeGreaterThan(0)
  expect(window.reserve(startMs, load, { usdPerMinute: 0.015 })).toBeGreaterThan(0)
  reserved(window.reserve(startMs, load, { tokensPerMinute: 200, usdPerMinute: 0.02 }))
})

test('what was used replaces what was reserved', () => {
  const window = new RateWindow()
  const limit = { tokensPerMinute: 200 }
  const first = reserved(window.reserve(startMs, { tokens: 200, usd: 0 }, limit))
  window.settle(startMs + 5_000, first, { tokens: 40, usd: 0 })
  expect(window.used(startMs + 5_000)).toEqual({ requests: 1, tokens: 40, usd: 0 })
  reserved(window.reserve(startMs + 5_000, { tokens: 160, usd: 0 }, limit))
})

test('a reservation that was not sent is given back', () => {
  const window = new RateWindow()
  const limit = { requestsPerMinute: 1, usdPerMinute: 0.01 }
  window.cancel(startMs + 1, reserved(window.reserve(startMs, load, limit)))
  reserved(window.reserve(startMs + 2, load, limit))
})

test('what alone exceeds a limit goes out alone', () => {
  const window = new RateWindow()
  const limit = { tokensPerMinute: 50 }
  reserved(window.reserve(startMs, load, limit))
  expect(window.reserve(startMs + 1, load, limit)).toBeGreaterThan(59_000)
})

test('no minute of any history holds more than its limit', () => {
  const steps = fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: 20_000 }),
      tokens: fc.integer({ min: 1, max: 60 }),
    }),
    { maxLength: 80 },
  )
  fc.assert(
    fc.property(steps, (given) => {
      const window = new RateWindow()
      const limit = { requestsPerMinute: 6, tokensPerMinute: 120 }
      const sent: { readonly atMs: number; readonly tokens: number }[] = []
      let nowMs = startMs
      for (const { afterMs, tokens } of given) {
        nowMs += afterMs
        if (typeof window.reserve(nowMs, { tokens, usd: 0 }, limit) === 'number') continue
        sent.push({ atMs: nowMs, tokens })
        const minute = sent.filter(({ atMs }) => atMs > nowMs - 60_000)
        expect(minute.length).toBeLessThanOrEqual(6)
        expect(minute.reduce((sum, entry) => sum + entry.tokens, 0)).toBeLessThanOrEqual(120)
      }
    }),
  )
})
