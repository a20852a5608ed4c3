import { expect, test } from 'vitest'
import { startDeadline } from '../../base/deadline.ts'
import { HoldfastError } from '../../base/errors.ts'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { readInFakeTime } from '../../testing/read-in-fake-time.ts'
import { cutAfter, fails, type Script, says, scriptedModel } from '../../testing/scripted-model.ts'
import type { CallOptions } from '../call-event.ts'
import { type ProtectPolicy, protect } from '../protect.ts'

const request = { messages: [{ role: 'user', content: 'Tell me all.' }] } as const
const hang = { type: 'hang' } as const

function createRig(script: Script, policy: ProtectPolicy = {}) {
  const clock = createFakeClock()
  const primary = scriptedModel({ clock, script })
  const model = protect([primary], { clock, ...policy })
  const caller = new AbortController()
  const deadline = startDeadline(clock, 3_000, caller.signal)
  const open = (more: Partial<CallOptions> = {}) =>
    model.call(request, { deadline, stream: true, ...more })[Symbol.asyncIterator]()
  function expectNothingLeft() {
    deadline.release()
    expect(clock.pendingTimers).toBe(0)
    expect(primary.open).toBe(0)
    expect(model.health()[0]).toMatchObject({ inFlight: 0, queued: 0 })
  }
  return { clock, primary, model, caller, deadline, open, expectNothingLeft }
}

/** What a model does when the caller aborts while the call waits there. */
const waits: readonly (readonly [where: string, script: Script, policy?: ProtectPolicy])[] = [
  ['for the first content', [hang]],
  ['between two pieces', cutAfter(says('one two'), 1, hang)],
  [
    'before a retry',
    fails({ kind: 'http', status: 503, headers: {}, body: '' }),
    { random: () => 0.9 },
  ],
]

for (const [where, script, policy] of waits) {
  test(`a caller's abort while it waits ${where}`, async () => {
    const { clock, caller, deadline, model, expectNothingLeft } = createRig(script, policy)
    clock.setTimer(100, () => caller.abort('no longer needed'))
    const call = model.call(request, { deadline, stream: true })
    const { error, endedAfterMs } = await readInFakeTime(clock, call, 3_000)
    expect([error, endedAfterMs]).toEqual(['no longer needed', 100])
    expectNothingLeft()
  })
}

test("a caller's abort while it waits for a place", async () => {
  const { clock, caller, deadline, model, open, expectNothingLeft } = createRig([hang], {
    concurrency: { initial: 1, queueMs: 2_000 },
  })
  const first = open()
  await first.next()
  clock.setTimer(100, () => caller.abort('gone'))
  const call = model.call(request, { deadline, stream: true })
  expect(await readInFakeTime(clock, call, 3_000)).toMatchObject({
    error: 'gone',
    endedAfterMs: 100,
  })
  await expect(first.next()).rejects.toBe('gone')
  expectNothingLeft()
})

test('an abort reaches the provider in the same turn, whether anybody reads or not', async () => {
  const { primary, caller, open, expectNothingLeft, model } = createRig(
    cutAfter(says('one two three'), 2, hang),
  )
  const events = open()
  for (let pulled = 0; pulled < 3; pulled++) await events.next()
  caller.abort('gone')
  await Promise.resolve()
  expect(model.health()[0]?.inFlight).toBe(0)
  await expect(events.next()).rejects.toBe('gone')
  expect(primary.calls[0]?.state).toBe('aborted')
  expectNothingLeft()
})

test('a reader that never comes back is freed by the deadline', async () => {
  const { clock, primary, open, expectNothingLeft } = createRig(says('one two three'))
  const events = open()
  for (let pulled = 0; pulled < 2; pulled++) await events.next()
  await clock.advance(3_000)
  expect(primary.calls[0]?.state).toBe('aborted')
  expectNothingLeft()
})

test('a reader that leaves the loop cancels the provider', async () => {
  const { primary, model, deadline, expectNothingLeft } = createRig(says('one two three'))
  for await (const event of model.call(request, { deadline, stream: true })) {
    if (event.type === 'text-delta') break
  }
  expect(primary.calls[0]?.state).toBe('aborted')
  expectNothingLeft()
})

test('a reader may leave while it waits', async () => {
  const { open, expectNothingLeft } = createRig([hang])
  const events = open()
  await events.next()
  const waiting = events.next()
  await events.return?.()
  await waiting
  expectNothingLeft()
})

test('a call that nobody reads does nothing', async () => {
  const { primary, open, clock, deadline } = createRig(says('one'))
  await open().return?.()
  deadline.release()
  expect([primary.calls.length, clock.pendingTimers]).toEqual([0, 0])
})

test('stop says why an answer was not wanted', async () => {
  const { clock, model, deadline } = createRig(cutAfter(says('one two three four'), 3, hang), {
    midStream: 'finish',
  })
  const stop = new AbortController()
  const facts = { provider: 'a', model: 'b', reason: 'invalid-output' }
  const wrong = new HoldfastError('MODEL_FAILED', 'The answer does not fit.', facts)
  clock.setTimer(500, () => stop.abort(wrong))
  const call = model.call(request, { deadline, stream: true, stop: stop.signal })
  const { events } = await readInFakeTime(clock, call, 3_000)
  expect(events.at(-1)).toMatchObject({
    outcome: {
      reason: 'aborted',
      attempts: [{ outcome: 'invalid-output', detail: 'The answer does not fit.' }],
      usage: { inputTokens: 3, outputTokens: 4, estimated: true },
    },
  })
})

test('stop ends the call in order and settles its usage', async () => {
  const { clock, model, deadline, expectNothingLeft } = createRig(
    cutAfter(says('one two three four'), 3, hang),
    { midStream: 'finish' },
  )
  const stop = new AbortController()
  clock.setTimer(500, () => stop.abort())
  const call = model.call(request, { deadline, stream: true, stop: stop.signal })
  const { events, error, endedAfterMs } = await readInFakeTime(clock, call, 3_000)
  expect([error, endedAfterMs]).toEqual([undefined, 500])
  expect(events.at(-1)).toMatchObject({
    outcome: {
      status: 'failed',
      reason: 'aborted',
      attempts: [{ outcome: 'aborted' }],
      usage: { inputTokens: 3, outputTokens: 4, estimated: true },
    },
  })
  expectNothingLeft()
})

test('stop in the middle of reading is obeyed at the next event', async () => {
  const { model, deadline, expectNothingLeft } = createRig(says('one two three four'))
  const stop = new AbortController()
  const types: string[] = []
  for await (const event of model.call(request, { deadline, stream: true, stop: stop.signal })) {
    types.push(event.type)
    if (event.type === 'text-delta') stop.abort()
  }
  expect(types).toEqual(['attempt-started', 'text-delta', 'attempt-failed', 'call-finished'])
  expectNothingLeft()
})

test('a reader of two pieces has pulled hardly more', async () => {
  const long = says('word '.repeat(20_000))
  const { primary, model, deadline, expectNothingLeft } = createRig(long)
  let seen = 0
  for await (const event of model.call(request, { deadline, stream: true })) {
    if (event.type === 'text-delta' && ++seen === 2) break
  }
  expect(primary.calls[0]?.pulled).toBeLessThanOrEqual(4)
  expectNothingLeft()
})

test("the provider's usage counts before any estimate", async () => {
  const usage = { inputTokens: 40, outputTokens: 7, cachedInputTokens: 32 }
  const { clock, model, deadline } = createRig(says('one two', { usage }))
  const { events } = await readInFakeTime(
    clock,
    model.call(request, { deadline, stream: true }),
    3_000,
  )
  expect(events.at(-1)).toMatchObject({ outcome: { status: 'complete', usage } })
  expect(events.at(-1)).not.toMatchObject({ outcome: { usage: { estimated: true } } })
})

test('what never reached the model costs nothing', async () => {
  const refused = fails({ kind: 'network', code: 'ECONNREFUSED', sent: false })
  const { clock, model, deadline } = createRig(refused, { retries: { perModel: 0 } })
  const { events } = await readInFakeTime(
    clock,
    model.call(request, { deadline, stream: true }),
    3_000,
  )
  expect(events.at(-1)).toMatchObject({ outcome: { usage: { inputTokens: 0, outputTokens: 0 } } })
})

test('what was cut is paid for by estimate', async () => {
  const { clock, model, deadline } = createRig(
    cutAfter(says('one two three'), 2, { type: 'fault', evidence: { kind: 'cut' } }),
    { retries: { perModel: 0 } },
  )
  const { events } = await readInFakeTime(
    clock,
    model.call(request, { deadline, stream: true }),
    3_000,
  )
  expect(events.at(-1)).toMatchObject({
    outcome: { usage: { inputTokens: 3, outputTokens: 2, estimated: true } },
  })
})
