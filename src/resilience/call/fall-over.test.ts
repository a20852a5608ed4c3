import { expect, test } from 'vitest'
import type { LogLevel } from '../../base/telemetry-port.ts'
import { silentTelemetry } from '../../base/telemetry-port.ts'
import type { FailureReason } from '../../model/failure-reason.ts'
import type { FaultEvidence } from '../../model/fault.ts'
import type { ModelCapabilities, ModelEvent } from '../../model/model.ts'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { readBeforeDeadline } from '../../testing/read-in-fake-time.ts'
import { fails, type Script, says, scriptedModel } from '../../testing/scripted-model.ts'
import type { CallOptions } from '../call-event.ts'
import { type ProtectPolicy, protect } from '../protect.ts'

const request = { messages: [{ role: 'user', content: 'Hi' }] } as const
const answer = says('All is well.', { firstMs: 50, chunkMs: 10 })

interface RigOptions {
  readonly policy?: ProtectPolicy
  readonly capabilities?: readonly Partial<ModelCapabilities>[]
}

/** A primary and fallbacks that play their scripts, and calls to them one after the other. */
function createRig(scripts: readonly (Script | readonly Script[])[], options: RigOptions = {}) {
  const clock = createFakeClock()
  const log: { readonly level: LogLevel; readonly message: string }[] = []
  const models = scripts.map((script, index) =>
    scriptedModel({
      clock,
      script,
      id: `m${index}`,
      provider: `p${index}`,
      ...(options.capabilities?.[index] && { capabilities: options.capabilities[index] }),
    }),
  )
  const telemetry = {
    ...silentTelemetry,
    log: (level: LogLevel, message: string) => log.push({ level, message }),
  }
  const model = protect(models, { clock, random: () => 0.1, telemetry, ...options.policy })
  return {
    clock,
    log,
    model,
    models,
    requests: () => models.map(({ calls }) => calls.length),
    async call(more: Partial<CallOptions> = {}, deadlineMs = 3_000) {
      const { events, atMs, error } = await readBeforeDeadline(clock, deadlineMs, (deadline) =>
        model.call(request, { deadline, stream: true, ...more }),
      )
      const last = events.at(-1)
      if (last?.type !== 'call-finished') throw error
      return { events, outcome: last.outcome, tookMs: atMs.at(-1) }
    },
  }
}

function http(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): FaultEvidence {
  return { kind: 'http', status, headers, body }
}

const ending = (finishReason: Extract<ModelEvent, { type: 'finish' }>['finishReason']): Script => [
  { type: 'finish', finishReason, response: {} },
]

/** What a model does before any content, the reason that is seen in it, and the requests it is worth. */
const unseen: readonly (readonly [
  name: string,
  script: Script,
  FailureReason,
  requests: number,
])[] = [
  ['an outage', fails(http(503)), 'overloaded', 2],
  ['a server error', fails(http(500)), 'server-error', 2],
  [
    'a refused connection',
    fails({ kind: 'network', code: 'ECONNREFUSED', sent: false }),
    'network',
    1,
  ],
  ['a stale connection', fails({ kind: 'network', code: 'ECONNRESET', sent: true }), 'network', 2],
  ['a wrong key', fails(http(401)), 'bad-key', 1],
  [
    'a spent quota',
    fails(http(429, {}, '{"error":{"code":"insufficient_quota"}}')),
    'quota-exhausted',
    1,
  ],
  [
    'a rate limit for longer than there is',
    fails(http(429, { 'retry-after': '120' })),
    'rate-limited',
    1,
  ],
  ['a model that is gone', fails(http(404)), 'model-not-found', 1],
  ['a feature it lacks', fails({ kind: 'unsupported', feature: 'tools' }), 'unsupported', 1],
  [
    'a filtered prompt',
    fails(http(400, {}, '{"error":{"code":"content_filter"}}')),
    'content-filter',
    1,
  ],
  ['a web page', fails({ kind: 'protocol', problem: 'html', excerpt: '<html>' }), 'garbage', 1],
  ['broken JSON', fails({ kind: 'protocol', problem: 'bad-json', excerpt: '{' }), 'garbage', 2],
  [
    'an error as the first event',
    fails({ kind: 'error-event', body: '{}', headers: {} }),
    'server-error',
    2,
  ],
  ['an end without its mark', [], 'cut', 1],
  ['an empty answer', ending('stop'), 'empty', 2],
  ['white space alone', [{ type: 'text-delta', text: ' \n' }, ...ending('stop')], 'empty', 2],
  ['a refusal', ending('refusal'), 'refusal', 1],
  ['a filtered answer', ending('content-filter'), 'content-filter', 1],
  ['a length used up by nothing', ending('length'), 'length', 1],
  ['an unknown end', ending('other'), 'unknown', 1],
  ['a bug in the client', [{ type: 'throw', error: new TypeError('oops') }], 'unknown', 1],
  ['silence', [{ type: 'hang' }], 'first-content-timeout', 1],
  [
    'headers and silence',
    [{ type: 'response-started', response: {} }, { type: 'hang' }],
    'first-content-timeout',
    1,
  ],
]

test.each(unseen)('%s falls over unseen', async (_name, script, reason, requests) => {
  const rig = createRig([script, answer])
  const { events, outcome } = await rig.call()
  expect(outcome).toMatchObject({
    status: 'complete',
    modelIndex: 1,
    result: { text: 'All is well.' },
  })
  expect(outcome.attempts.map((attempt) => attempt.outcome)).toEqual([
    ...Array.from({ length: requests }, () => reason),
    'ok',
  ])
  expect(events.filter(({ type }) => type === 'reset')).toEqual([])
  expect(rig.requests()).toEqual([requests, 1])
  expect(rig.clock.pendingTimers).toBe(0)
})

test.each(unseen)('%s falls over in a whole answer', async (_name, script, _reason, requests) => {
  const rig = createRig([script, answer])
  const { events, outcome } = await rig.call({ stream: false })
  expect(outcome).toMatchObject({
    status: 'complete',
    modelIndex: 1,
    result: { text: 'All is well.' },
  })
  expect(rig.requests()).toEqual([requests, 1])
  expect(events.map(({ type }) => type)).not.toContain('text-delta')
})

test('a wrong request fails at once and does not burn the fallback', async () => {
  const rig = createRig([fails(http(400), 30), answer])
  const { outcome, tookMs } = await rig.call()
  expect(outcome).toMatchObject({ status: 'failed', reason: 'bad-request' })
  expect(tookMs).toBe(30)
  expect(rig.requests()).toEqual([1, 0])
})

test('a context that is too long goes to a larger window only', async () => {
  const tooLong = fails(http(400, {}, '{"error":{"code":"context_length_exceeded"}}'))
  const windows = [{ contextWindow: 8_000 }, { contextWindow: 4_000 }, { contextWindow: 32_000 }]
  const rig = createRig([tooLong, answer, answer], { capabilities: windows })
  const { outcome } = await rig.call()
  expect(outcome).toMatchObject({ status: 'complete', modelIndex: 2 })
  expect(rig.requests()).toEqual([1, 0, 1])
})

test('after a failure of the provider the next provider comes first', async () => {
  const clock = createFakeClock()
  const down = fails({ kind: 'network', code: 'ENOTFOUND', sent: false })
  const models = [
    scriptedModel({ clock, provider: 'one', id: 'large', script: down }),
    scriptedModel({ clock, provider: 'one', id: 'small', script: down }),
    scriptedModel({ clock, provider: 'two', id: 'other', script: answer }),
  ]
  const model = protect(models, { clock })
  await readBeforeDeadline(clock, 3_000, (deadline) =>
    model.call(request, { deadline, stream: true }),
  )
  expect(models.map(({ calls }) => calls.length)).toEqual([1, 0, 1])
})

test('a short wait that the provider asked for is worth it', async () => {
  const rig = createRig([[fails(http(429, { 'retry-after-ms': '150' })), answer], answer])
  const { outcome, events } = await rig.call()
  expect(outcome).toMatchObject({ status: 'complete', modelIndex: 0 })
  expect(events).toContainEqual(
    expect.objectContaining({ reason: 'rate-limited', next: 'retry', waitMs: 160 }),
  )
})

test('a wait is honoured to the last model', async () => {
  const rig = createRig([[fails(http(429, { 'retry-after': '1' })), answer]])
  const { outcome } = await rig.call()
  expect(outcome.status).toBe('complete')
  const [first, second] = rig.models[0]?.calls ?? []
  expect((second?.startedAtMs ?? 0) - (first?.startedAtMs ?? 0)).toBeGreaterThanOrEqual(1_000)
})

test('nobody sends before the time that the provider named', async () => {
  const rig = createRig([[fails(http(429, { 'retry-after': '20' })), answer], answer])
  await rig.call()
  for (let call = 0; call < 6; call++) {
    const { outcome } = await rig.call()
    expect(outcome.skipped).toMatchObject([{ modelIndex: 0, reason: 'rate-limited' }])
  }
  expect(rig.requests()).toEqual([1, 7])
  await rig.clock.advance(2_000)
  expect((await rig.call()).outcome).toMatchObject({ modelIndex: 0, skipped: [] })
})

test('a spent quota is said loudly and the next call goes to the fallback', async () => {
  const spent = fails(http(429, {}, '{"error":{"code":"insufficient_quota"}}'))
  const rig = createRig([spent, answer])
  await rig.call()
  const { outcome } = await rig.call()
  expect(outcome.skipped).toMatchObject([{ modelIndex: 0, reason: 'quota-exhausted' }])
  expect(rig.requests()).toEqual([1, 2])
  expect(rig.log).toContainEqual({ level: 'error', message: expect.stringContaining('quota') })
})

test('a wrong key is said loudly', async () => {
  const rig = createRig([fails(http(401)), answer])
  await rig.call()
  expect(rig.log).toContainEqual({
    level: 'error',
    message: expect.stringContaining('Replace the key'),
  })
})

test('with every model down the call fails with the last reason', async () => {
  const rig = createRig([fails(http(503)), fails(http(500))])
  const { outcome } = await rig.call()
  expect(outcome).toMatchObject({ status: 'failed', reason: 'server-error' })
  expect(rig.requests()).toEqual([2, 2])
})

test('a call retries no more than its policy in all', async () => {
  const rig = createRig([fails(http(500)), fails(http(500)), fails(http(500)), fails(http(500))])
  await rig.call()
  expect(rig.requests()).toEqual([2, 2, 1, 1])
})

test('without a retry in the budget the next model is asked', async () => {
  const policy = { retries: { budget: { share: 0, minPerSecond: 0 } } }
  const rig = createRig([fails(http(500)), answer], { policy })
  await rig.call()
  expect(rig.requests()).toEqual([1, 1])
})

test('a model that serves another one is logged once', async () => {
  const rig = createRig([says('Hi there', { servedModel: 'm9', fingerprint: 'fp_1' })])
  for (let call = 0; call < 3; call++) {
    const { outcome } = await rig.call()
    expect(outcome).toMatchObject({
      status: 'complete',
      attempts: [{ servedModel: 'm9', fingerprint: 'fp_1' }],
    })
  }
  expect(rig.log).toEqual([{ level: 'warn', message: 'The provider served m9 instead of m0.' }])
})

test('a model that serves another one can be refused before its first word', async () => {
  const other = says('Hi there', { servedModel: 'm9' })
  const rig = createRig([other, answer], { policy: { blockWrongModel: true } })
  const { outcome, events } = await rig.call()
  expect(outcome).toMatchObject({ status: 'complete', modelIndex: 1 })
  expect(events).toContainEqual(
    expect.objectContaining({ reason: 'wrong-model', next: 'fallback' }),
  )
  expect(events.map(({ type }) => type)).not.toContain('reset')
})

test('startAt leaves out the models before it', async () => {
  const rig = createRig([answer, fails(http(503)), answer])
  const { events, outcome } = await rig.call({ startAt: 1, why: 'correction', firstAttempt: 4 })
  expect(events[0]).toMatchObject({
    type: 'attempt-started',
    attempt: 4,
    modelIndex: 1,
    why: 'correction',
  })
  expect(outcome.attempts.map(({ attempt, why }) => [attempt, why])).toEqual([
    [4, 'correction'],
    [5, 'retry'],
    [6, 'fallback'],
  ])
  expect(rig.requests()).toEqual([0, 2, 1])
})

test('startAt beyond the models is refused', () => {
  const rig = createRig([answer])
  return expect(rig.call({ startAt: 1 })).rejects.toThrow(
    'startAt is 1; expected an index from 0 to 0',
  )
})

test('headers reach the provider with each attempt', async () => {
  const rig = createRig([fails(http(503)), answer])
  await rig.call({ headers: { traceparent: '00-1-2-01' } })
  for (const { calls } of rig.models) {
    for (const { headers } of calls) expect(headers).toEqual({ traceparent: '00-1-2-01' })
  }
})
