import { describe, expect, it } from 'vitest'
import { isHoldfastError } from '../base/errors.ts'
import type { FaultEvidence } from '../model/fault.ts'
import { fails, says, scriptedModel } from '../testing/scripted-model.ts'
import { createBench, triage } from './pipeline.fixture.ts'

const good = JSON.stringify({ intent: 'exchange', reply: 'Yes.' })

const limited = (seconds: number): FaultEvidence => ({
  kind: 'http',
  status: 429,
  headers: { 'retry-after': String(seconds) },
  body: '',
})

const broken: FaultEvidence = { kind: 'http', status: 500, headers: {}, body: '' }

/** Runs with two models that fail so, where the run may be put off by `patienceMs`. */
async function runWith(first: FaultEvidence, second: FaultEvidence, patienceMs?: number) {
  const { clock, run } = createBench()
  const models = [first, second].map((evidence, index) =>
    scriptedModel({ clock, id: `m${index}`, script: fails(evidence) }),
  )
  const latest = patienceMs !== undefined && { latestStartMs: clock.now() + patienceMs }
  const running = run(triage(models), { message: 'swap?' }, { ...latest }).catch(
    (error: unknown) => error,
  )
  await clock.advance(8_000)
  return running
}

describe('a run whose models all take no more', () => {
  it('waits for the first of them that takes requests again', async () => {
    const error = await runWith(limited(40), limited(30), 60_000)
    expect(isHoldfastError(error, 'OVERLOADED') && error.data.retryAfterMs).toBe(30_000)
  })

  it('degrades at once where the time does not reach', async () => {
    expect(await runWith(limited(40), limited(40), 39_000)).toMatchObject({
      source: 'canned',
      reason: { code: 'rate-limited' },
    })
  })

  it('degrades at once where nobody may wait', async () => {
    expect(await runWith(limited(40), limited(40))).toMatchObject({ source: 'canned' })
  })

  it('degrades where one of them failed in another way', async () => {
    expect(await runWith(limited(40), broken, 60_000)).toMatchObject({ source: 'canned' })
  })

  it('knows without a request while they are left alone', async () => {
    const { clock, prepare, start } = createBench()
    const model = scriptedModel({ clock, script: [fails(limited(40)), says(good)] })
    const run = start(await prepare(triage([model])), undefined, {
      latestStartMs: clock.now() + 60_000,
    })
    const outcomes = [run({ message: 'a' }), run({ message: 'b' })]
    const settled = Promise.allSettled(outcomes)
    await clock.advance(8_000)
    await settled
    const again = run({ message: 'c' }).catch((error: unknown) => error)
    await clock.advance(8_000)
    expect(isHoldfastError(await again, 'OVERLOADED')).toBe(true)
    const sent = model.calls.length
    await clock.advance(32_000)
    const late = run({ message: 'd' })
    await clock.advance(1_000)
    expect(await late).toMatchObject({ source: 'primary' })
    expect(model.calls.length).toBe(sent + 1)
  })
})
