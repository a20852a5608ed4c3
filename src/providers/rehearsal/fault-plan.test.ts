import { describe, expect, it } from 'vitest'
import type { Mode } from './completion.ts'
import { type FaultPlan, followPlan, type PlannedRequest } from './fault-plan.ts'

const request = (key: number | string, model = 'a', mode: Mode = 'json'): PlannedRequest => ({
  model,
  mode,
  key: String(key),
  nowMs: 0,
})

/** The ids of the faults that this many requests meet. */
function follow(
  plan: FaultPlan,
  count: number,
  model?: string,
  mode?: Mode,
): (string | undefined)[] {
  const director = followPlan(plan, 7)
  return Array.from(
    { length: count },
    (_, index) => director.next(request(index, model, mode))?.fault.id,
  )
}

describe('followPlan', () => {
  it('lets every request through when healthy', () => {
    expect(follow({ kind: 'healthy' }, 3)).toEqual([undefined, undefined, undefined])
  })

  it('fails every request by the fault and its options', () => {
    const director = followPlan({ kind: 'always', fault: { id: 'stall', afterTokens: 2 } }, 1)
    const planned = director.next(request(0, 'a', 'sse'))
    expect(planned?.fault.id).toBe('stall')
    expect(planned?.options).toEqual({ afterTokens: 2 })
  })

  it('leaves a request alone whose mode the fault does not have', () => {
    expect(follow({ kind: 'always', fault: 'stall' }, 1, 'a', 'json')).toEqual([undefined])
  })

  it('follows a script, once or again and again', () => {
    const faults = ['server-error', 'healthy', 'bad-key'] as const
    const once = follow({ kind: 'script', faults }, 4)
    expect(once).toEqual(['server-error', undefined, 'bad-key', undefined])
    const again = follow({ kind: 'script', faults, repeat: true }, 4)
    expect(again).toEqual(['server-error', undefined, 'bad-key', 'server-error'])
  })

  it('follows a plan for each model', () => {
    const plan: FaultPlan = {
      kind: 'by-model',
      models: { a: { kind: 'script', faults: ['bad-key'] } },
      others: { kind: 'always', fault: 'unavailable' },
    }
    const director = followPlan(plan, 1)
    expect(director.next(request(0, 'b'))?.fault.id).toBe('unavailable')
    expect(director.next(request(1, 'a'))?.fault.id).toBe('bad-key')
    expect(director.next(request(2, 'a'))).toBeUndefined()
  })

  const mix: FaultPlan = {
    kind: 'mix',
    share: 0.2,
    faults: [{ fault: 'server-error', weight: 3 }, { fault: 'unavailable' }, { fault: 'stall' }],
  }

  it('fails about the share that it is told, by weight', () => {
    const ids = follow(mix, 4_000)
    const failed = ids.filter((id) => id !== undefined)
    expect(failed.length / ids.length).toBeCloseTo(0.2, 1)
    const errors = failed.filter((id) => id === 'server-error').length
    expect(errors / failed.length).toBeCloseTo(0.75, 1)
    expect(failed).not.toContain('stall')
  })

  it('fails the same requests again, in any order', () => {
    const forward = follow(mix, 200)
    const director = followPlan(mix, 7)
    const backward = Array.from(
      { length: 200 },
      (_, index) => director.next(request(199 - index))?.fault.id,
    )
    expect(backward.toReversed()).toEqual(forward)
    expect(follow({ ...mix, seed: 8 }, 200)).not.toEqual(forward)
  })

  it('limits requests in a second and says how long is left of it', () => {
    const director = followPlan({ kind: 'limit', requestsPerSecond: 2 }, 1)
    const at = (nowMs: number) => director.next({ ...request(0), nowMs })
    expect(at(0)).toBeUndefined()
    expect(at(100)).toBeUndefined()
    expect(at(400)).toMatchObject({
      fault: { id: 'rate-limit-ms' },
      options: { retryAfterMs: 600 },
    })
    expect(at(1_000)).toBeUndefined()
  })

  it.each<[string, FaultPlan]>([
    ['fault', { kind: 'always', fault: 'no-such' }],
    ['fault', { kind: 'script', faults: ['healthy', 'no-such'] }],
    ['fault', { kind: 'by-model', models: { a: { kind: 'always', fault: 'no-such' } } }],
    ['share', { kind: 'mix', share: 2, faults: [] }],
    ['requestsPerSecond', { kind: 'limit', requestsPerSecond: 0 }],
  ])('refuses a wrong %s', (name, plan) => {
    expect(() => followPlan(plan, 1)).toThrow(name)
  })
})
