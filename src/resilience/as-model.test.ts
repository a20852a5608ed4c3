import { expect, test } from 'vitest'
import type { ModelEvent, ModelRequest } from '../model/model.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { readInFakeTime } from '../testing/read-in-fake-time.ts'
import { cutAfter, fails, type Script, says, scriptedModel } from '../testing/scripted-model.ts'
import { type ProtectPolicy, protect } from './protect.ts'

const request: ModelRequest = { messages: [{ role: 'user', content: 'Hi' }] }
const cut = { type: 'fault', evidence: { kind: 'cut' } } as const
const down = fails({ kind: 'http', status: 401, headers: {}, body: '' })
const usage = { inputTokens: 4, outputTokens: 2 }

function createRig(scripts: readonly Script[], policy: ProtectPolicy = {}) {
  const clock = createFakeClock()
  const models = scripts.map((script, index) => scriptedModel({ clock, script, id: `m${index}` }))
  const model = protect(models, { clock, name: 'guarded', ...policy })
  const caller = new AbortController()
  const { signal } = caller
  return {
    clock,
    caller,
    models,
    model,
    generate: async () => {
      const answer = model.generate(request, { signal })
      const settled = answer.then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      )
      await clock.advance(60_000)
      return settled
    },
    stream: () => readInFakeTime<ModelEvent>(clock, model.stream(request, { signal }), 60_000),
  }
}

test('generate gives the whole answer with the usage of all attempts', async () => {
  const { generate, clock } = createRig([
    cutAfter(says('Hello'), 1, cut),
    says('Hello there', { usage }),
  ])
  expect(await generate()).toEqual({
    result: {
      text: 'Hello there',
      toolCalls: [],
      finishReason: 'stop',
      response: {},
      usage: { inputTokens: 5, outputTokens: 2, estimated: true },
    },
  })
  expect(clock.pendingTimers).toBe(0)
})

test('stream falls over unseen before the first content', async () => {
  const { stream, clock } = createRig([down, says('Hello there', { usage })])
  const { events, error } = await stream()
  expect(error).toBeUndefined()
  expect(events).toEqual([
    { type: 'text-delta', text: 'Hello' },
    { type: 'text-delta', text: ' there' },
    { type: 'finish', finishReason: 'stop', usage, response: {} },
  ])
  expect(clock.pendingTimers).toBe(0)
})

test('stream never takes text back: what would restart throws', async () => {
  const { stream, models } = createRig([cutAfter(says('one two'), 1, cut), says('one two')])
  const { events, error } = await stream()
  expect(events).toEqual([{ type: 'text-delta', text: 'one' }])
  expect(error).toMatchObject({ code: 'NO_ANSWER', data: { attempts: 1, lastReason: 'cut' } })
  expect(models[1]?.calls).toHaveLength(0)
})

test('stream goes on without a seam where the policy continues', async () => {
  const { stream } = createRig([cutAfter(says('one two'), 1, cut), says('one two')], {
    midStream: 'continue',
  })
  const { events, error } = await stream()
  expect(error).toBeUndefined()
  expect(events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')).toBe(
    'one two',
  )
  expect(events.at(-1)).toMatchObject({ type: 'finish', finishReason: 'stop' })
})

test('a partial answer never looks whole', async () => {
  const { stream, generate } = createRig([cutAfter(says('one two'), 1, cut)], {
    midStream: 'finish',
    retries: { perModel: 0 },
  })
  const streamed = await stream()
  expect(streamed.events.map(({ type }) => type)).not.toContain('finish')
  expect(streamed.error).toMatchObject({ code: 'NO_ANSWER' })
  expect(await generate()).toMatchObject({ error: { code: 'NO_ANSWER' } })
})

test('an accepted length ends with length', async () => {
  const end = { type: 'finish', finishReason: 'length', response: {} } as const
  const script = cutAfter(says('one two'), 1, end)
  const { stream, generate } = createRig([script], { acceptLength: true })
  expect((await stream()).events.at(-1)).toMatchObject({ type: 'finish', finishReason: 'length' })
  expect(await generate()).toMatchObject({ result: { text: 'one', finishReason: 'length' } })
})

test('a failed call throws with the last reason and what to do', async () => {
  const { generate } = createRig([down, down])
  expect(await generate()).toMatchObject({
    error: {
      code: 'NO_ANSWER',
      data: { attempts: 2, lastReason: 'bad-key' },
      message: expect.stringContaining('The last reason is bad-key'),
    },
  })
})

test('generate and stream have a deadline of their own', async () => {
  const { generate, stream, clock } = createRig([[{ type: 'hang' }]], { timeout: { totalMs: 500 } })
  expect(await generate()).toMatchObject({ error: { data: { lastReason: 'deadline' } } })
  expect(await stream()).toMatchObject({ endedAfterMs: 475 })
  expect(clock.pendingTimers).toBe(0)
})

test("the caller's abort rejects with its reason", async () => {
  const { generate, caller, clock } = createRig([[{ type: 'hang' }]])
  clock.setTimer(100, () => caller.abort('gone'))
  expect(await generate()).toEqual({ error: 'gone' })
})

test('a protected model is a model of another one', async () => {
  const clock = createFakeClock()
  const inner = protect([scriptedModel({ clock, script: down })], { clock, name: 'inner' })
  const outer = protect([inner, scriptedModel({ clock, id: 'last', script: says('Hello') })], {
    clock,
  })
  const answer = outer.generate(request, { signal: new AbortController().signal })
  await clock.advance(1_000)
  expect((await answer).text).toBe('Hello')
})

test('it can do what all of its models can', () => {
  const of = (capabilities: Parameters<typeof scriptedModel>[0]['capabilities'], id: string) =>
    scriptedModel({ script: [], id, ...(capabilities && { capabilities }) })
  const model = protect([
    of({ contextWindow: 128_000, structuredOutput: 'json-schema', prefill: true }, 'a'),
    of({ contextWindow: 32_000, structuredOutput: 'json', prefill: false }, 'b'),
    of({ rehearsal: true }, 'c'),
  ])
  expect(model.capabilities).toEqual({
    contextWindow: 32_000,
    structuredOutput: 'json',
    prefill: false,
    rehearsal: true,
  })
  expect([model.provider, model.id]).toEqual(['scripted', 'a'])
})
