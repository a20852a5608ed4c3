import { describe, expect, it } from 'vitest'
import { createId, createSpanId, createTraceId } from './ids.ts'

describe('ids', () => {
  it('sorts by time and keeps its prefix', () => {
    const early = createId('ans', 1_700_000_000_000)
    const late = createId('ans', 1_700_000_000_001)
    expect(early < late).toBe(true)
    expect(early).toMatch(/^ans_[0-9a-z]{25}$/)
  })

  it('does not repeat within a millisecond', () => {
    const ids = new Set(Array.from({ length: 10_000 }, () => createId('a', 1)))
    expect(ids.size).toBe(10_000)
  })

  it('makes trace and span ids as Trace Context wants them', () => {
    expect(createTraceId()).toMatch(/^[0-9a-f]{32}$/)
    expect(createSpanId()).toMatch(/^[0-9a-f]{16}$/)
  })
})
