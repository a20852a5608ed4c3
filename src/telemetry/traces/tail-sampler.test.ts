import { describe, expect, it } from 'vitest'
import { createTraceId } from '../../base/ids.ts'
import { createTailSampler } from './tail-sampler.ts'

type Decided = Parameters<ReturnType<typeof createTailSampler>['decide']>[0]

function call(parts: Partial<Decided> = {}): Decided {
  return {
    traceId: createTraceId(),
    name: 'llm.call greet',
    durationMs: 100,
    status: 'ok',
    attributes: {},
    spans: [{ status: 'ok' }],
    ...parts,
  }
}

describe('tail sampling', () => {
  it('keeps every call by default', () => {
    const sampler = createTailSampler()
    for (let n = 0; n < 500; n++) expect(sampler.decide(call())).toBeDefined()
  })

  it('keeps errors, degraded calls and those with a failed attempt', () => {
    const sampler = createTailSampler({ share: 0 })
    expect(sampler.decide(call({ status: 'error' }))).toBe('error')
    expect(sampler.decide(call({ attributes: { 'holdfast.degraded': true } }))).toBe('degraded')
    expect(sampler.decide(call({ spans: [{ status: 'ok' }, { status: 'error' }] }))).toBe(
      'degraded',
    )
    expect(sampler.decide(call())).toBeUndefined()
  })

  it('keeps calls of which an answer did not fit', () => {
    const sampler = createTailSampler({ share: 0 })
    const attributes = { 'holdfast.output.rejected': 'invalid-output' }
    expect(sampler.decide(call({ attributes }))).toBe('degraded')
  })

  it('keeps what is slow for its pipeline', () => {
    const sampler = createTailSampler({ share: 0 })
    for (let n = 0; n < 100; n++) sampler.decide(call({ durationMs: 100 + n }))
    expect(sampler.decide(call({ durationMs: 900 }))).toBe('slow')
    expect(sampler.decide(call({ durationMs: 120 }))).toBeUndefined()
    expect(sampler.decide(call({ name: 'llm.call other', durationMs: 900 }))).toBeUndefined()
  })

  it('keeps what is slower than the limit, where one is set', () => {
    const sampler = createTailSampler({ share: 0, slowMs: 250 })
    expect(sampler.decide(call({ durationMs: 250 }))).toBe('slow')
    expect(sampler.decide(call({ durationMs: 249 }))).toBeUndefined()
  })

  it('keeps the share it was told of the rest', () => {
    const sampler = createTailSampler({ share: 0.25, slowMs: 1_000 })
    const kept = Array.from({ length: 4_000 }, () => sampler.decide(call())).filter(Boolean)
    expect(kept.length).toBeGreaterThan(850)
    expect(kept.length).toBeLessThan(1_150)
  })

  it('decides alike for all parts of a trace, in any process', () => {
    for (let n = 0; n < 100; n++) {
      const trace = call()
      const decisions = [1, 2].map(() => createTailSampler({ share: 0.5 }).decide(trace))
      expect(decisions[0]).toBe(decisions[1])
    }
  })

  it('refuses shares and limits that cannot be', () => {
    expect(() => createTailSampler({ share: 1.5 })).toThrow('telemetry.sampling.share is 1.5')
    expect(() => createTailSampler({ slowMs: -1 })).toThrow('telemetry.sampling.slowMs is -1')
  })
})
