import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LatencyRecord } from './latency-record.ts'

const nowMs = 1_767_225_600_000

test('a quantile is the true one rounded up by at most a fifth', () => {
  const samples = fc.array(fc.integer({ min: 5, max: 500_000 }), { minLength: 1, maxLength: 500 })
  fc.assert(
    fc.property(samples, fc.constantFrom(0.05, 0.5, 0.9, 0.995, 1), (given, share) => {
      const record = new LatencyRecord()
      for (const sample of given) record.add(sample, nowMs)
      const sorted = [...given].sort((a, b) => a - b)
      const exact = sorted[Math.ceil(share * given.length) - 1] ?? Number.NaN
      const found = record.quantile(share, nowMs) ?? Number.NaN
      expect(found).toBeGreaterThanOrEqual(exact * 0.999)
      expect(found).toBeLessThanOrEqual(exact * 1.2)
    }),
  )
})

test('old samples are forgotten', () => {
  const record = new LatencyRecord()
  for (let sample = 0; sample < 1_000; sample++) record.add(5_000, nowMs)
  for (let sample = 0; sample < 1_001; sample++) record.add(50, nowMs)
  expect(record.quantile(0.995, nowMs)).toBeLessThan(60)
  expect(record.count(nowMs)).toBeLessThanOrEqual(1_000)
})

test('too few samples say nothing', () => {
  const record = new LatencyRecord()
  expect(record.quantile(0.5, nowMs)).toBeUndefined()
  record.add(100, nowMs)
  expect(record.quantile(0.5, nowMs, 2)).toBeUndefined()
  expect(record.quantile(0.5, nowMs)).toBeGreaterThanOrEqual(100)
})

test('what is out of range counts at its edge', () => {
  const record = new LatencyRecord()
  record.add(0, nowMs)
  expect(record.quantile(1, nowMs)).toBe(5)
  record.add(Number.MAX_SAFE_INTEGER, nowMs)
  expect(record.quantile(1, nowMs)).toBeGreaterThan(500_000)
})

test('what is half an hour old is forgotten', () => {
  const record = new LatencyRecord()
  for (let sample = 0; sample < 100; sample++) record.add(5_000, nowMs)
  expect(record.count(nowMs + 899_000)).toBe(100)
  expect(record.count(nowMs + 1_799_000)).toBe(100)
  expect(record.count(nowMs + 2_699_001)).toBe(0)
  record.add(50, nowMs + 2_700_000)
  expect(record.quantile(1, nowMs + 2_700_000)).toBeLessThan(60)
})

test('a long silence forgets all at once', () => {
  const record = new LatencyRecord()
  record.add(5_000, nowMs)
  expect(record.count(nowMs + 3_600_000)).toBe(0)
})
