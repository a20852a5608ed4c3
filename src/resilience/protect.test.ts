import { expect, test } from 'vitest'
import { startDeadline } from '../base/deadline.ts'
import type { Attributes, Span, SpanKind } from '../base/telemetry-port.ts'
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts'
import { readBeforeDeadline } from '../testing/read-in-fake-time.ts'
import { fails, type ScriptedModel, says, scriptedModel } from '../testing/scripted-model.ts'
import type { CallOutcome } from './call-event.ts'
import { createSharedHealth } from './health.ts'
import { type ProtectedModel, protect } from './protect.ts'

const down = fails({ kind: 'http', status: 503, headers: {}, body: '' }, 20)
const request = { messages: [{ role: 'user', content: 'Hi' }] } as const

/** A model that says what it was asked, so that answers that were mixed up can be told. */
function createEcho(clock: FakeClock, id: string): ScriptedModel {
  return scriptedModel({
    clock,
    id,
    script: ({ request: { messages } }) =>
      says(`You said ${messages.at(-1)?.content}.`, { firstMs: 40, chunkMs: 5 }),
  })
}

async function ask(clock: FakeClock, model: ProtectedModel, content = 'Hi', deadlineMs = 3_000) {
  const deadline = startDeadline(clock, deadlineMs)
  let text = ''
  try {
    const messages = [{ role: 'user', content }] as const
    for await (const event of model.call({ messages }, { deadline, stream: true })) {
      if (event.type === 'reset') text = ''
      if (event.type === 'text-delta') text += event.text
      if (event.type === 'call-finished') return { text, outcome: event.outcome }
    }
  } finally {
    deadline.release()
  }
  throw new Error('The call has no outcome')
}

/** Starts a call each `everyMs`, and moves the clock until all have ended. */
async function paced<T>(clock: FakeClock, times: number, everyMs: number, call: () => Promise<T>) {
  const running: Promise<T>[] = []
  for (let time = 0; time < times; time++) {
    running.push(call())
    await clock.advance(everyMs)
  }
  await clock.advance(3_000)
  return Promise.all(running)
}

test('a thousand calls at once with the primary down are all answered and none mixed up', async () => {
  const clock = createFakeClock()
  const primary = scriptedModel({ clock, id: 'primary', script: down })
  const model = protect([primary, createEcho(clock, 'fallback')], { clock })
  const asking = Promise.all(
    Array.from({ length: 1_000 }, (_, index) => ask(clock, model, `number ${index}`)),
  )
  await clock.advance(3_000)
  for (const [index, { text, outcome }] of (await asking).entries()) {
    expect(text).toBe(`You said number ${index}.`)
    expect(outcome).toMatchObject({ status: 'complete', modelIndex: 1, result: { text } })
  }
  expect(clock.pendingTimers).toBe(0)
  expect(model.health()).toMatchObject([{ inFlight: 0 }, { inFlight: 0 }])
})

test('a full outage costs at most 1.1 requests a call after two seconds', async () => {
  const clock = createFakeClock()
  const primary = scriptedModel({ clock, id: 'primary', script: down })
  const fallback = createEcho(clock, 'fallback')
  const model = protect([primary, fallback], { clock })
  await paced(clock, 100, 20, () => ask(clock, model))
  const before = primary.calls.length + fallback.calls.length
  const outcomes = await paced(clock, 500, 20, () => ask(clock, model))
  expect(outcomes.every(({ outcome }) => outcome.status === 'complete')).toBe(true)
  const requests = primary.calls.length + fallback.calls.length - before
  expect(requests / 500).toBeLessThanOrEqual(1.1)
})

test('with every model down and the breakers open the outcome is there at once', async () => {
  const clock = createFakeClock()
  const models = ['one', 'two'].map((id) => scriptedModel({ clock, id, script: down }))
  const model = protect(models, { clock })
  await paced(clock, 50, 10, () => ask(clock, model))
  const requests = () => models.reduce((sum, { calls }) => sum + calls.length, 0)
  const before = requests()
  let atOnce = 0
  for (let call = 0; call < 100; call++) {
    const { events, atMs } = await readBeforeDeadline(clock, 100, (deadline) =>
      model.call(request, { deadline, stream: true }),
    )
    expect(events.at(-1)).toMatchObject({ outcome: { status: 'failed' } })
    if (atMs.at(-1) === 0) {
      atOnce++
      expect(events.at(-1)).toMatchObject({
        outcome: { reason: 'breaker-open', attempts: [], retryAfterMs: expect.any(Number) },
      })
    }
  }
  expect(atOnce).toBeGreaterThan(50)
  // A trickle looks for the end of the outage: one a second for each model, and the probes.
  expect(requests() - before).toBeLessThanOrEqual(2 * 10 + 8)
})

test('after an outage all calls are back at the primary within two breaker periods', async () => {
  const clock = createFakeClock()
  let isDown = true
  const primary = scriptedModel({
    clock,
    id: 'primary',
    script: () => (isDown ? down : says('Back.', { firstMs: 40 })),
  })
  const fallback = createEcho(clock, 'fallback')
  const breaker = { openMs: 1_000, maxOpenMs: 4_000, rampMs: 2_000 }
  const model = protect([primary, fallback], { clock, breaker })
  await paced(clock, 500, 20, () => ask(clock, model))
  isDown = false
  await paced(clock, 450, 20, () => ask(clock, model))
  const outcomes = await paced(clock, 100, 20, () => ask(clock, model))
  expect(outcomes.every(({ outcome }) => answeredBy(outcome) === 0)).toBe(true)
  expect(model.health()[0]?.breaker).toBe('closed')
})

test('when both come back together the next calls find out', async () => {
  const clock = createFakeClock()
  let isDown = true
  const script = () => (isDown ? down : says('Back.', { firstMs: 40 }))
  const models = ['one', 'two'].map((id) => scriptedModel({ clock, id, script }))
  const model = protect(models, { clock })
  await paced(clock, 300, 20, () => ask(clock, model))
  isDown = false
  const outcomes = await paced(clock, 100, 20, () => ask(clock, model))
  const lost = outcomes.filter(({ outcome }) => outcome.status !== 'complete')
  expect(lost.length).toBeLessThanOrEqual(50)
  expect(outcomes.slice(50).every(({ outcome }) => outcome.status === 'complete')).toBe(true)
})

test('a model whose answers stop to fit is routed around and reported', async () => {
  const clock = createFakeClock()
  const models = ['one', 'two'].map((id) => createEcho(clock, id))
  const model = protect(models, { clock })
  for (let answer = 0; answer < 500; answer++) model.reportQuality(0, true)
  expect(answeredBy((await oneCall(clock, model)).outcome)).toBe(0)
  for (let answer = 0; answer < 60; answer++) model.reportQuality(0, answer % 4 !== 0)
  const { outcome } = await oneCall(clock, model)
  expect(answeredBy(outcome)).toBe(1)
  expect(outcome.skipped).toMatchObject([{ modelIndex: 0, reason: 'breaker-open' }])
  expect(model.health()[0]).toMatchObject({ breaker: 'open', cause: 'quality' })
})

test('protected models with the same health share what one has learnt', async () => {
  const clock = createFakeClock()
  const health = createSharedHealth({ clock })
  const primary = scriptedModel({ clock, id: 'primary', script: down })
  const [first, second] = [0, 1].map(() =>
    protect([primary, createEcho(clock, 'fallback')], {
      clock,
      health,
      breaker: { openMs: 30_000 },
    }),
  ) as [ProtectedModel, ProtectedModel]
  await paced(clock, 10, 10, () => ask(clock, first))
  const { outcome } = await oneCall(clock, second)
  expect(outcome.skipped).toMatchObject([{ modelIndex: 0, reason: 'breaker-open' }])
})

test('the same name twice in one list fails apart', async () => {
  const clock = createFakeClock()
  const here = scriptedModel({ clock, script: down })
  const there = createEcho(clock, 'scripted-1')
  const model = protect([here, there], { clock })
  await paced(clock, 20, 10, () => ask(clock, model))
  expect(model.health()).toMatchObject([
    { key: 'scripted/scripted-1', breaker: 'open' },
    { key: 'scripted/scripted-1#2', breaker: 'closed' },
  ])
})

test('models of one account lose their key together', async () => {
  const clock = createFakeClock()
  const refused = fails({ kind: 'http', status: 401, headers: {}, body: '' })
  const models = ['large', 'small'].map((id) =>
    scriptedModel({ clock, id, account: 'team', script: id === 'large' ? refused : says('ok') }),
  )
  const model = protect([...models, createEcho(clock, 'other')], { clock })
  expect(answeredBy((await oneCall(clock, model)).outcome)).toBe(2)
  expect(models[1]?.calls).toHaveLength(0)
  expect(model.health()[1]).toMatchObject({ key: 'scripted/small@team', cause: 'bad-key' })
})

test('each attempt is a span with its facts', async () => {
  const clock = createFakeClock()
  const spans: {
    name: string
    kind: SpanKind | undefined
    attributes: Attributes
    error: unknown
  }[] = []
  const createSpan = (): Span => ({
    traceId: 't',
    spanId: 's',
    child(name, attributes = {}, kind) {
      const record = { name, kind, attributes, error: undefined as unknown }
      spans.push(record)
      return {
        ...createSpan(),
        set: (more) => Object.assign(record, { attributes: { ...record.attributes, ...more } }),
        end: (error) => Object.assign(record, { error }),
      }
    },
    set() {},
    event() {},
    content() {},
    end() {},
  })
  const usage = { inputTokens: 12, outputTokens: 3 }
  const primary = scriptedModel({ clock, provider: 'p', id: 'one', script: down })
  const fallback = scriptedModel({
    clock,
    provider: 'q',
    id: 'two',
    script: says('Hi', { usage, servedModel: 'two-001', fingerprint: 'fp_1' }),
  })
  const model = protect([primary, fallback], { clock, retries: { perModel: 0 } })
  await readBeforeDeadline(clock, 3_000, (deadline) =>
    model.call(request, { deadline, stream: true, span: createSpan() }),
  )
  expect(spans).toMatchObject([
    {
      name: 'chat one',
      kind: 'client',
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'p',
        'gen_ai.request.model': 'one',
        'holdfast.attempt': 1,
        'holdfast.attempt.reason': 'first',
        'error.type': 'overloaded',
      },
      error: expect.any(Error),
    },
    {
      name: 'chat two',
      attributes: {
        'gen_ai.response.model': 'two-001',
        'openai.response.system_fingerprint': 'fp_1',
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': 12,
        'gen_ai.usage.output_tokens': 3,
        'holdfast.attempt': 2,
        'holdfast.attempt.reason': 'fallback',
        'error.type': undefined,
      },
      error: undefined,
    },
  ])
})

function answeredBy(outcome: CallOutcome): number | undefined {
  return outcome.status === 'complete' ? outcome.modelIndex : undefined
}

async function oneCall(clock: FakeClock, model: ProtectedModel) {
  const asking = ask(clock, model)
  await clock.advance(3_000)
  return asking
}
