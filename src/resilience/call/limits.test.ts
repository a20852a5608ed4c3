import { expect, test } from 'vitest'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { readBeforeDeadline } from '../../testing/read-in-fake-time.ts'
import { fails, type Script, says, scriptedModel } from '../../testing/scripted-model.ts'
import type { CallOutcome } from '../call-event.ts'
import { type ProtectPolicy, protect } from '../protect.ts'

const request = { messages: [{ role: 'user', content: 'Hi' }] } as const
const answer = says('All is well.', { firstMs: 100 })

function createRig(scripts: readonly (Script | readonly Script[])[], policy: ProtectPolicy = {}) {
  const clock = createFakeClock()
  const models = scripts.map((script, index) => scriptedModel({ clock, script, id: `m${index}` }))
  const model = protect(models, { clock, ...policy })
  async function call(deadlineMs = 3_000): Promise<CallOutcome> {
    const { events } = await readBeforeDeadline(clock, deadlineMs, (deadline) =>
      model.call(request, { deadline, stream: true }),
    )
    const last = events.at(-1)
    if (last?.type !== 'call-finished') throw new Error('The call has no outcome')
    return last.outcome
  }
  const callMany = (times: number, deadlineMs?: number) =>
    Promise.all(Array.from({ length: times }, () => call(deadlineMs)))
  return { clock, models, model, call, callMany }
}

const answeredBy = (outcomes: readonly CallOutcome[]) =>
  outcomes.map((outcome) => (outcome.status === 'complete' ? outcome.modelIndex : outcome.reason))

test('calls beyond the rate go to the next model', async () => {
  const { callMany, models } = createRig([answer, answer], {
    rateLimit: [{ requestsPerMinute: 3 }, undefined],
  })
  const outcomes = await callMany(5)
  expect(answeredBy(outcomes)).toEqual([0, 0, 0, 1, 1])
  expect(outcomes[4]?.skipped).toMatchObject([{ modelIndex: 0, reason: 'not-admitted' }])
  expect(models.map(({ calls }) => calls.length)).toEqual([3, 2])
})

test('calls beyond the rate of the last model are shed with a hint', async () => {
  const { callMany } = createRig([answer], { rateLimit: { requestsPerMinute: 1 } })
  const [, shed] = await callMany(2)
  expect(shed).toMatchObject({ status: 'failed', reason: 'not-admitted', attempts: [] })
  expect(shed?.status === 'failed' && shed.retryAfterMs).toBeGreaterThan(55_000)
})

test('tokens are reserved by estimate and settled by what was used', async () => {
  const used = says('All is well.', { usage: { inputTokens: 10, outputTokens: 10 } })
  const { callMany, call, model } = createRig([used], { rateLimit: { tokensPerMinute: 1_100 } })
  expect(answeredBy(await callMany(3))).toEqual([0, 0, 'not-admitted'])
  expect(model.health()[0]?.tokensLastMinute).toBe(40)
  expect((await call()).status).toBe('complete')
})

test('calls beyond the places wait in line', async () => {
  const { callMany } = createRig([answer], { concurrency: { initial: 2, max: 2 } })
  const outcomes = await callMany(6)
  expect(answeredBy(outcomes)).toEqual([0, 0, 0, 0, 0, 0])
  const waits = outcomes.map(({ attempts }) => (attempts[0]?.startedAtMs ?? 0) % 1_000)
  expect(waits).toEqual([0, 0, 100, 100, 200, 200])
})

test('with another model at hand nobody waits for a place', async () => {
  const slow = says('Slow.', { firstMs: 1_500 })
  const { callMany } = createRig([slow, answer], { concurrency: { initial: 1, max: 1 } })
  const outcomes = await callMany(2)
  expect(answeredBy(outcomes)).toEqual([0, 1])
  expect(outcomes[1]?.skipped).toMatchObject([{ modelIndex: 0, reason: 'not-admitted' }])
})

test('a full queue sheds at once with a hint', async () => {
  const { callMany, clock } = createRig([answer], {
    concurrency: { initial: 1, max: 1, queueLength: 2 },
  })
  const outcomes = await callMany(5)
  expect(answeredBy(outcomes)).toEqual([0, 0, 0, 'not-admitted', 'not-admitted'])
  expect(outcomes[4]).toMatchObject({ retryAfterMs: expect.any(Number) })
  expect(clock.pendingTimers).toBe(0)
})

test('a place is not waited for longer than an attempt still fits', async () => {
  const { callMany } = createRig([[...Array.from({ length: 9 }, () => answer)]], {
    concurrency: { initial: 1, max: 1, queueMs: 10_000 },
  })
  const outcomes = await callMany(20, 1_000)
  const starts = outcomes.flatMap(({ attempts }) =>
    attempts.map(({ startedAtMs }) => startedAtMs % 1_000),
  )
  expect(Math.max(...starts)).toBeLessThanOrEqual(850)
  expect(outcomes.some(({ status }) => status === 'failed')).toBe(true)
})

test('overload lowers the number of calls at a time', async () => {
  const overloaded = fails(
    { kind: 'http', status: 429, headers: { 'retry-after-ms': '10' }, body: '' },
    50,
  )
  const { callMany, model } = createRig([overloaded, answer])
  await callMany(100)
  expect(model.health()[0]?.concurrencyLimit).toBeLessThanOrEqual(70)
  expect(model.health()[1]?.concurrencyLimit).toBe(Number.POSITIVE_INFINITY)
})
