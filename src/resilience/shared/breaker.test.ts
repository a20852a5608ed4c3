import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Breaker, type BreakerPass, type BreakerSettings } from './breaker.ts'

const settings: BreakerSettings = {
  consecutiveFailures: 5,
  failureShare: 0.5,
  minCalls: 10,
  openMs: 1_000,
  maxOpenMs: 8_000,
  rampMs: 5_000,
}
const startMs = 1_767_225_600_000

/** A breaker without jitter, and a clock in the hand. */
function createRig() {
  const breaker = new Breaker(() => 0.5)
  const rig = {
    breaker,
    nowMs: startMs,
    get state() {
      return breaker.state.name
    },
    ask: (lastResort = false) => breaker.ask(rig.nowMs, settings, lastResort),
    pass(lastResort = false): BreakerPass {
      const answer = rig.ask(lastResort)
      if (!answer.passes) throw new Error(`Denied: ${answer.reason}`)
      return answer
    },
    settle(pass: BreakerPass, health: 'ok' | 'failed' | 'neutral') {
      breaker.settle(pass, { health }, rig.nowMs, settings)
    },
    run(health: 'ok' | 'failed' | 'neutral', times = 1) {
      for (let time = 0; time < times; time++) rig.settle(rig.pass(), health)
    },
    /** Through a probe that ends well. */
    recover() {
      rig.nowMs += 10_000
      rig.run('ok')
    },
  }
  return rig
}

/** Open for two seconds, the second time in a row. */
function createOutage() {
  const rig = createRig()
  rig.run('failed', 5)
  rig.nowMs += 1_000
  rig.run('failed')
  return rig
}

describe('closed', () => {
  test('a run of failures opens it', () => {
    const rig = createRig()
    rig.run('failed', 4)
    expect(rig.state).toBe('closed')
    rig.run('failed')
    expect(rig.breaker.state).toMatchObject({
      name: 'open',
      cause: 'failures',
      untilMs: startMs + 1_000,
    })
  })

  test('a success ends a run', () => {
    const rig = createRig()
    for (let round = 0; round < 3; round++) {
      rig.run('failed', 4)
      rig.run('ok', 12)
    }
    expect(rig.state).toBe('closed')
  })

  test('half of the calls of ten seconds open it', () => {
    const rig = createRig()
    for (let pair = 0; pair < 4; pair++) {
      rig.run('ok')
      rig.run('failed')
    }
    expect(rig.state).toBe('closed')
    rig.run('ok')
    rig.run('failed')
    expect(rig.state).toBe('open')
  })

  test('failures of long ago are forgotten', () => {
    const rig = createRig()
    for (let call = 0; call < 100; call++) {
      rig.run(call % 2 === 0 ? 'failed' : 'ok')
      rig.nowMs += 1_500
    }
    expect(rig.state).toBe('closed')
  })

  test('what says nothing about the model changes nothing', () => {
    const rig = createRig()
    rig.run('failed', 4)
    rig.run('neutral', 50)
    rig.run('failed')
    expect(rig.state).toBe('open')
  })
})

describe('open', () => {
  test('nothing passes before its time', () => {
    const rig = createRig()
    rig.run('failed', 5)
    rig.nowMs += 999
    expect(rig.ask()).toEqual({ passes: false, reason: 'breaker-open', retryAfterMs: 1 })
  })

  test('each opening in a row doubles its length up to the cap', () => {
    const rig = createRig()
    rig.run('failed', 5)
    const lengths: number[] = []
    for (let opening = 0; opening < 6; opening++) {
      const { state } = rig.breaker
      if (state.name !== 'open') throw new Error(`The breaker is ${state.name}`)
      lengths.push(state.untilMs - rig.nowMs)
      rig.nowMs = state.untilMs
      rig.run('failed')
    }
    expect(lengths).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000])
  })

  test('a minute without opening makes the next one the first again', () => {
    const rig = createRig()
    rig.run('failed', 5)
    rig.recover()
    rig.nowMs += 5_000
    rig.run('ok')
    expect(rig.breaker.state).toMatchObject({ name: 'closed', openings: 1 })
    rig.nowMs += 60_001
    rig.run('failed', 5)
    expect(rig.breaker.state).toMatchObject({
      name: 'open',
      openings: 1,
      untilMs: rig.nowMs + 1_000,
    })
  })

  test('failures that were under way cannot open it twice', () => {
    const rig = createRig()
    const underWay = Array.from({ length: 100 }, () => rig.pass())
    for (const pass of underWay) rig.settle(pass, 'failed')
    expect(rig.breaker.state).toMatchObject({ name: 'open', openings: 1, untilMs: startMs + 1_000 })
    rig.nowMs += 1_000
    const probe = rig.pass()
    for (const pass of underWay) rig.settle(pass, 'failed')
    expect(rig.state).toBe('half-open')
    rig.settle(probe, 'ok')
    expect(rig.state).toBe('recovering')
  })

  test('jitter spreads the end by a tenth', () => {
    for (const [random, lengthMs] of [
      [0, 900],
      [0.999_999, 1_100],
    ] as const) {
      const breaker = new Breaker(() => random)
      breaker.eject({ cause: 'failures', forMs: 1_000 }, startMs, settings)
      const { state } = breaker
      expect(state.name === 'open' && Math.round(state.untilMs - startMs)).toBe(lengthMs)
    }
  })
})

describe('half-open', () => {
  test('one probe passes at a time', () => {
    const rig = createRig()
    rig.run('failed', 5)
    rig.nowMs += 1_000
    expect(rig.pass().probe).toBe(true)
    expect(rig.ask().passes).toBe(false)
    expect(rig.state).toBe('half-open')
  })

  test('a probe without a verdict makes room for the next', () => {
    const rig = createRig()
    rig.run('failed', 5)
    rig.nowMs += 1_000
    rig.run('neutral')
    expect(rig.state).toBe('half-open')
    expect(rig.pass().probe).toBe(true)
  })

  test('a probe that never came back is given up', () => {
    const rig = createRig()
    rig.run('failed', 5)
    rig.nowMs += 1_000
    rig.pass()
    rig.nowMs += 60_001
    expect(rig.pass().probe).toBe(true)
  })
})

describe('recovering', () => {
  test('the share that passes grows from a tenth to all', () => {
    const rig = createRig()
    rig.run('failed', 5)
    rig.recover()
    const passed: number[] = []
    for (let second = 0; second < 5; second++) {
      let count = 0
      for (let call = 0; call < 100; call++) {
        const answer = rig.ask()
        if (answer.passes) {
          count++
          rig.settle(answer, 'ok')
        }
        rig.nowMs += 10
      }
      passed.push(count)
    }
    expect(passed[0]).toBeGreaterThanOrEqual(10)
    expect(passed[0]).toBeLessThan(20)
    expect(passed[4]).toBeGreaterThan(80)
    expect([...passed].sort((a, b) => a - b)).toEqual(passed)
    expect(rig.pass().probe).toBe(false)
    expect(rig.state).toBe('closed')
  })

  test('two failures right away are a relapse', () => {
    const rig = createRig()
    rig.run('failed', 5)
    rig.recover()
    rig.settle(rig.pass(true), 'failed')
    expect(rig.state).toBe('recovering')
    rig.settle(rig.pass(true), 'failed')
    expect(rig.breaker.state).toMatchObject({ name: 'open', openings: 2 })
  })

  test('one failure among successes is none', () => {
    const rig = createRig()
    rig.run('failed', 5)
    rig.recover()
    for (let round = 0; round < 20; round++) {
      for (const health of ['ok', 'ok', 'failed'] as const) rig.settle(rig.pass(true), health)
    }
    expect(rig.state).toBe('recovering')
    for (let call = 0; call < 2; call++) rig.settle(rig.pass(true), 'failed')
    expect(rig.state).toBe('open')
  })
})

describe('last resort', () => {
  test('a trickle passes an open breaker, one in the time of a first opening', () => {
    const rig = createRig()
    rig.breaker.eject({ cause: 'failures', forMs: 8_000 }, rig.nowMs, settings)
    for (let call = 0; call < 5; call++) rig.settle(rig.pass(true), 'failed')
    let passed = 0
    for (let tick = 0; tick < 400; tick++) {
      rig.nowMs += 10
      const answer = rig.ask(true)
      if (!answer.passes) continue
      passed++
      rig.settle(answer, 'failed')
    }
    expect(passed).toBe(4)
    expect(rig.state).toBe('open')
  })

  test('a trickle that fails does not lengthen the outage', () => {
    const rig = createOutage()
    const { state } = rig.breaker
    rig.nowMs += 1_000
    rig.settle(rig.pass(true), 'failed')
    expect(rig.breaker.state).toMatchObject({ ...state, consecutive: 1 })
  })

  test('a trickle that ends well begins the recovery', () => {
    const rig = createOutage()
    rig.nowMs += 1_000
    rig.settle(rig.pass(true), 'ok')
    expect(rig.state).toBe('recovering')
  })

  test('what one answer alone said is overruled by the next that ends well', () => {
    const rig = createRig()
    rig.breaker.eject({ cause: 'bad-key', forMs: 60_000 }, rig.nowMs, settings)
    expect(rig.ask().passes).toBe(false)
    rig.settle(rig.pass(true), 'ok')
    expect(rig.state).toBe('closed')
  })

  test('what one answer alone said is proven by a run of failures', () => {
    const rig = createRig()
    rig.breaker.eject({ cause: 'bad-key', forMs: 60_000 }, rig.nowMs, settings)
    for (let call = 0; call < 5; call++) rig.settle(rig.pass(true), 'failed')
    expect(rig.ask(true).passes).toBe(false)
  })

  test('a recovering breaker lets all pass', () => {
    const rig = createRig()
    rig.run('failed', 5)
    rig.recover()
    for (let call = 0; call < 50; call++) expect(rig.ask(true).passes).toBe(true)
  })

  test('one that opened for quality lets all pass until they fail', () => {
    const rig = createRig()
    rig.breaker.eject({ cause: 'quality', forMs: 60_000 }, rig.nowMs, settings)
    expect(rig.ask().passes).toBe(false)
    for (let call = 0; call < 50; call++) rig.settle(rig.pass(true), 'ok')
    for (let call = 0; call < 5; call++) rig.settle(rig.pass(true), 'failed')
    expect(rig.ask(true).passes).toBe(false)
  })
})

describe('ejection', () => {
  test('its reason is told and doubled up to eightfold', () => {
    const rig = createRig()
    const lengths: number[] = []
    for (let time = 0; time < 6; time++) {
      const ejection = { cause: 'bad-key', forMs: 60_000 } as const
      rig.breaker.settle(rig.pass(), { health: 'failed', ejection }, rig.nowMs, settings)
      const { state } = rig.breaker
      if (state.name !== 'open') throw new Error(`The breaker is ${state.name}`)
      lengths.push((state.untilMs - rig.nowMs) / 60_000)
      expect(rig.ask()).toMatchObject({ passes: false, reason: 'bad-key' })
      rig.nowMs = state.untilMs
    }
    expect(lengths).toEqual([1, 2, 4, 8, 8, 8])
  })

  test('among good answers one is believed for a second only', () => {
    const rig = createRig()
    rig.run('ok', 20)
    const ejection = { cause: 'bad-key', forMs: 60_000 } as const
    rig.breaker.settle(rig.pass(), { health: 'failed', ejection }, rig.nowMs, settings)
    expect(rig.breaker.state).toMatchObject({ cause: 'bad-key', untilMs: startMs + 1_000 })
    rig.nowMs += 1_000
    rig.breaker.settle(rig.pass(), { health: 'failed', ejection }, rig.nowMs, settings)
    expect(rig.breaker.state).toMatchObject({ untilMs: rig.nowMs + 60_000, isProven: true })
  })

  test('the same verdict of those under way does not double it', () => {
    const rig = createRig()
    const ejection = { cause: 'quota-exhausted', forMs: 60_000 } as const
    const underWay = Array.from({ length: 20 }, () => rig.pass())
    for (const pass of underWay) {
      rig.breaker.settle(pass, { health: 'failed', ejection }, rig.nowMs, settings)
    }
    expect(rig.breaker.state).toMatchObject({
      name: 'open',
      openings: 1,
      untilMs: startMs + 60_000,
    })
  })
})

test('no history leaves the allowed ways or lets a second probe pass', () => {
  const ways: Readonly<Record<string, readonly string[]>> = {
    closed: ['open'],
    open: ['half-open', 'recovering', 'closed'],
    'half-open': ['recovering', 'open', 'closed'],
    recovering: ['closed', 'open'],
  }
  const step = fc.oneof(
    fc.record({ type: fc.constant('ask' as const), lastResort: fc.boolean() }),
    fc.record({
      type: fc.constant('settle' as const),
      which: fc.nat(),
      health: fc.constantFrom('ok', 'failed', 'neutral'),
    }),
    fc.record({ type: fc.constant('pass time' as const), ms: fc.integer({ min: 0, max: 3_000 }) }),
    fc.record({ type: fc.constant('eject' as const) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.boolean(), (steps, mayResort) => {
      const rig = createRig()
      const underWay: BreakerPass[] = []
      for (const given of steps) {
        const { state } = rig.breaker
        if (given.type === 'pass time') rig.nowMs += given.ms
        if (given.type === 'eject' && state.name === 'closed') {
          rig.breaker.eject({ cause: 'quality', forMs: 2_000 }, rig.nowMs, settings)
        }
        if (given.type === 'ask') {
          const lastResort = given.lastResort && mayResort
          const answer = rig.ask(lastResort)
          if (answer.passes) underWay.push(answer)
          const early = state.name === 'open' && rig.nowMs < state.untilMs
          if (early && !lastResort) expect(answer.passes).toBe(false)
        }
        if (given.type === 'settle' && underWay.length > 0) {
          const [pass] = underWay.splice(given.which % underWay.length, 1)
          if (pass) rig.settle(pass, given.health as 'ok')
        }
        const next = rig.state
        if (next !== state.name) expect(ways[state.name]).toContain(next)
        const skipsProbe = state.name === 'open' && next !== 'open' && next !== 'half-open'
        if (!mayResort) expect(skipsProbe).toBe(false)
        const probes = underWay.filter(({ probe }) => probe)
        const current = probes.filter(({ epoch }) => epoch === probes.at(-1)?.epoch)
        if (!mayResort && rig.state === 'half-open') expect(current.length).toBeLessThanOrEqual(1)
      }
    }),
    { numRuns: 500 },
  )
})
