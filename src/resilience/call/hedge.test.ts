import { expect, test } from 'vitest'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { readBeforeDeadline } from '../../testing/read-in-fake-time.ts'
import { fails, type Script, says, scriptedModel } from '../../testing/scripted-model.ts'
import { type ProtectPolicy, protect } from '../protect.ts'

const request = { messages: [{ role: 'user', content: 'Hi' }] } as const
const hedge = { afterMs: 100, share: 1 }

function createRig(first: Script, second: Script, policy: ProtectPolicy = { hedge }) {
  const clock = createFakeClock()
  const models = [first, second].map((script, index) =>
    scriptedModel({ clock, script, id: `m${index}` }),
  )
  const model = protect(models, { clock, ...policy })
  async function call(stream = true) {
    const { events, atMs } = await readBeforeDeadline(clock, 3_000, (deadline) =>
      model.call(request, { deadline, stream }),
    )
    const last = events.at(-1)
    if (last?.type !== 'call-finished') throw new Error('The call has no outcome')
    expect(clock.pendingTimers).toBe(0)
    expect(models.map(({ open }) => open)).toEqual([0, 0])
    return { events, outcome: last.outcome, tookMs: atMs.at(-1) }
  }
  return { models, model, call }
}

const quick = says('Quick.', { firstMs: 50 })
const slow = says('Slow.', { firstMs: 1_000 })

test('without a policy nothing is asked twice', async () => {
  const { models, call } = createRig(slow, quick, {})
  await call()
  expect(models[1]?.calls).toHaveLength(0)
})

test('a quick first model is alone', async () => {
  const { models, call } = createRig(quick, quick)
  expect((await call()).outcome).toMatchObject({ modelIndex: 0 })
  expect(models[1]?.calls).toHaveLength(0)
})

test('the first content wins and the other attempt is cancelled', async () => {
  for (const stream of [true, false]) {
    const { models, call } = createRig(slow, quick)
    const { outcome, tookMs } = await call(stream)
    expect(outcome).toMatchObject({ status: 'complete', modelIndex: 1, result: { text: 'Quick.' } })
    expect(outcome.attempts.map(({ why, outcome: end }) => [why, end])).toEqual([
      ['first', 'aborted'],
      ['hedge', 'ok'],
    ])
    expect(outcome.attempts[0]?.detail).toContain('another attempt was faster')
    expect(tookMs).toBe(150)
    expect(models[0]?.calls[0]).toMatchObject({ state: 'aborted' })
  }
})

test('the first model may still win', async () => {
  const { models, call } = createRig(says('Slow.', { firstMs: 120 }), quick)
  const { outcome } = await call()
  expect(outcome).toMatchObject({ modelIndex: 0, result: { text: 'Slow.' } })
  expect(models[1]?.calls[0]).toMatchObject({ state: 'aborted' })
})

test('a first model that fails leaves the field to the second', async () => {
  const failing = fails({ kind: 'http', status: 503, headers: {}, body: '' }, 120)
  const { call } = createRig(failing, quick)
  const { outcome, events } = await call()
  expect(outcome).toMatchObject({ status: 'complete', modelIndex: 1 })
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'attempt-failed', attempt: 1, next: 'none' }),
  )
})

test('a second model that fails leaves the field to the first', async () => {
  const failing = fails({ kind: 'http', status: 503, headers: {}, body: '' }, 20)
  const { call } = createRig(says('Slow.', { firstMs: 400 }), failing)
  expect((await call()).outcome).toMatchObject({ status: 'complete', modelIndex: 0 })
})

test('where both fail the call goes on as after any failure', async () => {
  const failing = fails({ kind: 'http', status: 500, headers: {}, body: '' }, 150)
  const { models, call } = createRig(failing, failing)
  const { outcome, events } = await call()
  expect(outcome).toMatchObject({ status: 'failed', reason: 'server-error' })
  expect(events.filter(({ type }) => type === 'attempt-failed')).toHaveLength(
    outcome.attempts.length,
  )
  expect(models.map(({ calls }) => calls.length)).toEqual([1, 2])
})

test('hedges stay within their share of the calls', async () => {
  const { models, call } = createRig(slow, quick, { hedge: { afterMs: 100, share: 0.02 } })
  for (let round = 0; round < 50; round++) await call()
  // 50 calls of three seconds: a floor of one hedge in ten seconds is 15.
  expect(models[1]?.calls.length).toBeLessThanOrEqual(16)
  expect(models[1]?.calls.length).toBeGreaterThan(5)
})

test('a lost hedge says nothing about its model', async () => {
  const { model, call } = createRig(slow, quick)
  for (let round = 0; round < 20; round++) await call()
  expect(model.health().map(({ breaker, failureShare }) => [breaker, failureShare])).toEqual([
    ['closed', 0],
    ['closed', 0],
  ])
})
