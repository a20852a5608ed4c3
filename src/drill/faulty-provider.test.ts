import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sleep } from '../base/clock.ts'
import { isModelFault } from '../model/fault.ts'
import type { Model } from '../model/model.ts'
import { createVirtualClock, type VirtualClock } from '../testing/virtual-clock.ts'
import { type FaultyProvider, startFaultyProvider } from './faulty-provider.ts'
import type { Scenario } from './scenario.ts'

let clock: VirtualClock
let provider: FaultyProvider

beforeEach(() => {
  clock = createVirtualClock()
})

afterEach(async () => {
  await provider.close()
  clock.close()
})

async function start(disturbances: Scenario['disturbances'], seed = 1): Promise<FaultyProvider> {
  provider = await startFaultyProvider({
    models: [{ id: 'first', contextWindow: 100_000 }, { id: 'second' }],
    output: 'text',
    scenario: { name: 'test', about: 'For the test.', disturbances },
    seed,
    clock,
  })
  return provider
}

/** The answer, or the status of the failure. */
async function ask(model: Model | undefined): Promise<string | number> {
  const { signal } = new AbortController()
  try {
    const messages = [{ role: 'user', content: 'Where is my parcel?' } as const]
    return (await model?.generate({ messages }, { signal }))?.text ?? ''
  } catch (error) {
    if (isModelFault(error) && error.evidence.kind === 'http') return error.evidence.status
    throw error
  }
}

describe('startFaultyProvider', () => {
  it('gives stand-ins that say the same', async () => {
    const { models, count } = await start([])
    const answers = [await ask(models[0]), await ask(models[1])]
    expect(answers[0]).toEqual(expect.stringMatching(/.{20}/))
    expect(answers[1]).toBe(answers[0])
    expect(models.map(({ id }) => id)).toEqual(['first', 'second'])
    expect(models[0]?.capabilities).toMatchObject({ contextWindow: 100_000, rehearsal: true })
    expect(count()).toEqual({ calls: [1, 1], earlyCalls: 0 })
  })

  it('changes what is wrong with the progress', async () => {
    const { models, advance } = await start([
      { kind: 'faults', at: 'primary', from: 0.5, share: 1, faults: ['unavailable'] },
    ])
    const statuses: (string | number)[] = []
    for (const progress of [0, 0.49, 0.5, 0.99]) {
      advance(progress)
      statuses.push(await ask(models[0]))
    }
    expect(statuses.map((each) => typeof each)).toEqual(['string', 'string', 'number', 'number'])
    expect(typeof (await ask(models[1]))).toBe('string')
  })

  it('lets models fail apart, and the same for a seed', async () => {
    const fails = async (seed: number) => {
      const { models } = await start(
        [{ kind: 'faults', at: 'all', share: 0.5, faults: ['unavailable'] }],
        seed,
      )
      const failed: boolean[][] = []
      for (let call = 0; call < 30; call++) {
        const answers = [await ask(models[0]), await ask(models[1])]
        failed.push(answers.map((answer) => answer === 503))
      }
      await provider.close()
      return failed
    }
    const first = await fails(1)
    expect(first.map(([primary]) => primary)).not.toEqual(first.map(([, fallback]) => fallback))
    expect(await fails(1)).toEqual(first)
    expect(await fails(2)).not.toEqual(first)
    await start([])
  })

  it('counts the calls that came too early', async () => {
    const { models, count } = await start([{ kind: 'limit', at: 'primary', callsPerSecond: 2 }])
    const [limited] = models
    expect(typeof (await ask(limited))).toBe('string')
    expect(typeof (await ask(limited))).toBe('string')
    expect(await ask(limited)).toBe(429)
    expect(count().earlyCalls).toBe(0)
    await sleep(clock, 50)
    expect(await ask(limited)).toBe(429)
    expect(count().earlyCalls).toBe(1)
    await sleep(clock, 1_000)
    expect(typeof (await ask(limited))).toBe('string')
    expect(count().earlyCalls).toBe(1)
  })
})
