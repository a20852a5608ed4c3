import { expect, test } from 'vitest'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { readBeforeDeadline } from '../../testing/read-in-fake-time.ts'
import {
  cutAfter,
  fails,
  type Script,
  type ScriptedModel,
  says,
  scriptedModel,
} from '../../testing/scripted-model.ts'
import { type ProtectPolicy, protect } from '../protect.ts'

const request = { messages: [{ role: 'user', content: 'Hi' }] } as const
const hang: Script = [{ type: 'hang' }]
const quick = says('All is well.', { firstMs: 50, chunkMs: 10 })

function createRig(scripts: readonly (Script | readonly Script[])[], policy: ProtectPolicy = {}) {
  const clock = createFakeClock()
  const models: ScriptedModel[] = scripts.map((script, index) =>
    scriptedModel({ clock, script, id: `m${index}` }),
  )
  const model = protect(models, { clock, random: () => 0.5, ...policy })
  async function call(deadlineMs = 3_000, stream = true) {
    const { events, atMs } = await readBeforeDeadline(clock, deadlineMs, (deadline) =>
      model.call(request, { deadline, stream }),
    )
    const last = events.at(-1)
    if (last?.type !== 'call-finished') throw new Error('The call has no outcome')
    expect(clock.pendingTimers).toBe(0)
    return { outcome: last.outcome, tookMs: atMs.at(-1) ?? 0 }
  }
  return { clock, models, model, call }
}

test('with nothing but silence the outcome comes before the deadline', async () => {
  for (const stream of [true, false]) {
    const { call } = createRig([hang, hang])
    const { outcome, tookMs } = await call(3_000, stream)
    expect(outcome).toMatchObject({ status: 'failed', reason: 'deadline' })
    expect(tookMs).toBe(2_950)
    expect(outcome.attempts).toHaveLength(2)
  }
})

test('a model that ignores its abort holds nothing up', async () => {
  const clock = createFakeClock()
  const deaf = scriptedModel({ clock, script: hang, ignoresAbort: true })
  const model = protect([deaf], { clock })
  const { atMs } = await readBeforeDeadline(clock, 1_000, (deadline) =>
    model.call(request, { deadline, stream: true }),
  )
  expect(atMs.at(-1)).toBe(950)
})

test('time is kept for the fallback', async () => {
  for (const stream of [true, false]) {
    const { call } = createRig([hang, quick])
    const { outcome, tookMs } = await call(3_000, stream)
    expect(outcome).toMatchObject({ status: 'complete', modelIndex: 1 })
    expect(tookMs).toBeLessThan(2_200)
  }
})

test('no time is kept from a model that usually needs it', async () => {
  const slow = says('Slow.', { firstMs: 2_500 })
  const { call } = createRig([slow, slow], {
    breaker: { consecutiveFailures: 1_000, minCalls: 1_000 },
  })
  const outcomes: string[] = []
  for (let round = 0; round < 30; round++) {
    const { outcome } = await call(3_000, false)
    outcomes.push(outcome.status === 'complete' ? `m${outcome.modelIndex}` : outcome.status)
  }
  expect(outcomes.at(-1)).toBe('m0')
})

test('the limit for the first content follows the record of the model', async () => {
  const { call, clock } = createRig([[...Array.from({ length: 300 }, () => quick), hang], quick])
  for (let round = 0; round < 300; round++) await call()
  const before = clock.now()
  const { outcome } = await call()
  expect(outcome).toMatchObject({ status: 'complete', modelIndex: 1 })
  expect(outcome.attempts[0]).toMatchObject({ outcome: 'first-content-timeout', durationMs: 500 })
  expect(clock.now() - before).toBe(3_000)
})

test('a pause in the middle is given up while another attempt still fits', async () => {
  const stalls = cutAfter(says('one two three', { firstMs: 50 }), 2, { type: 'hang' })
  const { call } = createRig([stalls, quick], { timeout: { chunkMs: 400 } })
  const { outcome, tookMs } = await call()
  expect(outcome.attempts[0]).toMatchObject({ outcome: 'idle-timeout', durationMs: 450 })
  expect(tookMs).toBeLessThan(600)
})

test('pings and headers are no content', async () => {
  const ping: Script = Array.from({ length: 40 }, () => [
    { type: 'wait', ms: 100 } as const,
    { type: 'response-started', response: {} } as const,
    { type: 'text-delta', text: '' } as const,
  ]).flat()
  const { call } = createRig([ping, quick], { timeout: { firstContentMs: 700 } })
  const { outcome } = await call()
  expect(outcome.attempts[0]).toMatchObject({ outcome: 'first-content-timeout', durationMs: 700 })
})

test('a trickle does not pass the deadline', async () => {
  const trickle = says('one two three four five six seven eight', { firstMs: 50, chunkMs: 600 })
  const { call } = createRig([trickle])
  const { outcome, tookMs } = await call()
  expect(outcome).toMatchObject({ status: 'failed', reason: 'deadline' })
  expect(tookMs).toBe(2_950)
})

test('a stream that never stops for breath is stopped', async () => {
  const clock = createFakeClock()
  const endless = scriptedModel({
    clock,
    script: [
      ...Array.from(
        { length: 500 },
        () => ({ type: 'text-delta', text: 'x'.repeat(100) }) as const,
      ),
      { type: 'finish', finishReason: 'stop', response: {} },
    ],
  })
  const model = protect([endless, scriptedModel({ clock, id: 'two', script: quick })], {
    clock,
    maxOutputBytes: 10_000,
  })
  for (const stream of [true, false]) {
    const { events } = await readBeforeDeadline(clock, 3_000, (deadline) =>
      model.call(request, { deadline, stream }),
    )
    expect(events.at(-1)).toMatchObject({
      outcome: { status: 'complete', modelIndex: 1, attempts: [{ outcome: 'too-large' }, {}] },
    })
  }
  expect(endless.calls[0]).toMatchObject({ pulled: 101, state: 'aborted' })
})

test('an attempt has a limit of its own', async () => {
  const { call } = createRig([hang, quick], { timeout: { attemptMs: 200 } })
  const { outcome } = await call(3_000, false)
  expect(outcome.attempts[0]).toMatchObject({ outcome: 'attempt-timeout', durationMs: 200 })
})

test('no attempt is started that cannot finish', async () => {
  const { call, models } = createRig([hang, hang, hang, quick])
  const { outcome } = await call()
  expect(outcome.attempts).toHaveLength(3)
  expect(outcome.skipped).toMatchObject([{ modelIndex: 3, reason: 'deadline' }])
  expect(models[3]?.calls).toHaveLength(0)
})

test('a deadline that is short itself still gets its attempt', async () => {
  const { call } = createRig([says('Quick.', { firstMs: 40 })])
  expect((await call(80)).outcome.status).toBe('complete')
})

test('a second attempt is not started below the usual time of its model', async () => {
  const failing = fails({ kind: 'http', status: 503, headers: {}, body: '' }, 300)
  const slow = says('Slow.', { firstMs: 800 })
  const policy = {
    retries: { perModel: 0 },
    breaker: { consecutiveFailures: 1_000, minCalls: 1_000 },
  }
  const { call } = createRig([failing, slow], policy)
  expect((await call(1_000)).outcome.attempts).toHaveLength(2)
  for (let round = 0; round < 20; round++) await call(3_000)
  const { outcome } = await call(1_000)
  expect(outcome.attempts).toHaveLength(1)
  expect(outcome.skipped).toMatchObject([{ modelIndex: 1, reason: 'deadline' }])
})

test('a wait that does not fit is not waited', async () => {
  const limited = fails({ kind: 'http', status: 429, headers: { 'retry-after': '3' }, body: '' })
  const { call } = createRig([limited])
  const { outcome, tookMs } = await call()
  expect(outcome).toMatchObject({ status: 'failed', reason: 'rate-limited', retryAfterMs: 3_000 })
  expect(tookMs).toBe(0)
})

test('a deadline that has passed is an outcome', async () => {
  const { clock, model, models } = createRig([quick])
  const { events } = await readBeforeDeadline(clock, 100, async function* (deadline) {
    await new Promise<void>((resolve) => clock.setTimer(100, resolve))
    yield* model.call(request, { deadline, stream: true })
  })
  expect(events).toMatchObject([
    { type: 'call-finished', outcome: { status: 'failed', reason: 'deadline', attempts: [] } },
  ])
  expect(models[0]?.calls).toHaveLength(0)
})

test('a model that takes the whole deadline time after time is left alone', async () => {
  const { call, model } = createRig([hang])
  for (let round = 0; round < 5; round++) await call()
  expect(model.health()[0]?.breaker).toBe('open')
})

test('a slow reader is not a stalled provider', async () => {
  const { clock, model } = createRig([says('one two three', { firstMs: 10, chunkMs: 10 })], {
    timeout: { chunkMs: 100, attemptMs: 200 },
  })
  const { events } = await readBeforeDeadline(clock, 3_000, async function* (deadline) {
    for await (const event of model.call(request, { deadline, stream: true })) {
      await new Promise<void>((resolve) => clock.setTimer(500, resolve))
      yield event
    }
  })
  expect(events.at(-1)).toMatchObject({ outcome: { status: 'complete' } })
})
