import { describe, expect, it } from 'vitest'
import { activeAt, checkScenario, type Disturbance, type Scenario } from './scenario.ts'

const stalls: Disturbance = { kind: 'faults', at: 'all', share: 0.1, faults: ['stall'] }
const limit: Disturbance = { kind: 'limit', at: 'primary', from: 0.25, to: 0.75, callsPerSecond: 5 }
const scenario = (...disturbances: Disturbance[]): Scenario => ({
  name: 'test',
  about: 'For the test.',
  disturbances,
})

describe('activeAt', () => {
  it('begins and ends a disturbance where it says', () => {
    const active = (progress: number) => activeAt(scenario(limit), 0, progress)
    expect([0, 0.249, 0.25, 0.749, 0.75, 1].map(active)).toEqual([
      undefined,
      undefined,
      limit,
      limit,
      undefined,
      undefined,
    ])
  })

  it('tells the primary from the fallbacks', () => {
    const fallbacks: Disturbance = { ...stalls, at: 'fallbacks' }
    const both = scenario({ ...limit, from: 0 }, fallbacks)
    expect(activeAt(both, 0, 0)).toMatchObject({ kind: 'limit' })
    expect(activeAt(both, 1, 0)).toBe(fallbacks)
    expect(activeAt(both, 2, 0)).toBe(fallbacks)
  })

  it('takes the later of two at one model', () => {
    expect(activeAt(scenario(stalls, limit), 0, 0.5)).toBe(limit)
    expect(activeAt(scenario(stalls, limit), 0, 0.9)).toBe(stalls)
  })
})

describe('checkScenario', () => {
  it('takes data as it may come from a file', () => {
    const parsed: Scenario = JSON.parse(JSON.stringify(scenario(stalls, limit)))
    expect(() => checkScenario(parsed)).not.toThrow()
  })

  it('names the part that cannot be', () => {
    const wrong = scenario(stalls, { ...limit, to: 75 })
    expect(() => checkScenario(wrong)).toThrow(
      /test\.disturbances\[1\]\.to is 75; expected a share/,
    )
    expect(() => checkScenario({ ...scenario(), streamShare: -1 })).toThrow(/test\.streamShare/)
  })
})
