import { expect, test } from 'vitest'
import type { Message } from '../../model/message.ts'
import type { ModelRequest } from '../../model/model.ts'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { readBeforeDeadline } from '../../testing/read-in-fake-time.ts'
import {
  cutAfter,
  fails,
  type Script,
  type ScriptedCall,
  says,
  scriptedModel,
} from '../../testing/scripted-model.ts'
import type { CallEvent } from '../call-event.ts'
import type { MidStream, ProtectPolicy } from '../policy.ts'
import { protect } from '../protect.ts'

const text = 'The quick brown fox jumps over the lazy dog near the old stone bridge.'
const request: ModelRequest = { messages: [{ role: 'user', content: 'Tell me.' }] }
const cut = { type: 'fault', evidence: { kind: 'cut' } } as const
const broken = cutAfter(says(text), 6, cut)

/** Goes on where the request says, as a good model does: after a prefill, or from the anchor it is given. */
function obedient({ request: { messages } }: ScriptedCall): Script {
  const last = messages.at(-1)
  const anchor = /<<<([\s\S]*)>>>/.exec(last?.content ?? '')?.[1] ?? ''
  const sent = messages.findLast(({ role }) => role === 'assistant')?.content ?? ''
  return says(anchor + text.slice(sent.length))
}

interface RigOptions {
  readonly policy?: ProtectPolicy
  readonly given?: ModelRequest
  readonly prefill?: boolean
  readonly second?: Script | ((call: ScriptedCall) => Script)
}

async function run(midStream: MidStream, options: RigOptions = {}) {
  const { policy, given = request, prefill = false, second = says(text) } = options
  const clock = createFakeClock()
  const primary = scriptedModel({ clock, id: 'one', script: broken })
  const fallback = scriptedModel({ clock, id: 'two', script: second, capabilities: { prefill } })
  const model = protect([primary, fallback], { clock, midStream, ...policy })
  const { events } = await readBeforeDeadline(clock, 3_000, (deadline) =>
    model.call(given, { deadline, stream: true }),
  )
  const last = events.at(-1)
  if (last?.type !== 'call-finished') throw new Error('The call has no outcome')
  expect(clock.pendingTimers).toBe(0)
  return { events, outcome: last.outcome, asked: fallback.calls.at(-1)?.request, primary, fallback }
}

function textOf(events: readonly CallEvent[]): string {
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')
}

const delivered = 'The quick brown fox jumps over'

test('restart voids what was delivered and begins anew', async () => {
  const { events, outcome } = await run('restart')
  const at = events.findIndex(({ type }) => type === 'reset')
  expect(events[at]).toEqual({ type: 'reset', reason: 'cut' })
  expect(textOf(events.slice(0, at))).toBe(delivered)
  expect(textOf(events.slice(at))).toBe(text)
  expect(outcome).toMatchObject({ status: 'complete', modelIndex: 1, result: { text } })
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'attempt-failed', next: 'restart' }),
  )
})

test('finish ends with the partial text and the reason', async () => {
  const { events, outcome, fallback } = await run('finish')
  expect(textOf(events)).toBe(delivered)
  expect(outcome).toMatchObject({
    status: 'partial',
    text: delivered,
    modelIndex: 0,
    reason: 'cut',
  })
  expect(fallback.calls).toHaveLength(0)
})

test('continue goes on from a prefill without a seam', async () => {
  const { events, outcome, asked } = await run('continue', { prefill: true, second: obedient })
  expect(textOf(events)).toBe(text)
  expect(outcome).toMatchObject({ status: 'complete', modelIndex: 1, result: { text } })
  expect(outcome.attempts[1]?.why).toBe('continuation')
  expect(asked?.messages.at(-1)).toEqual<Message>({ role: 'assistant', content: delivered })
})

test('continue goes on by instruction where a model takes no prefill', async () => {
  const { events, outcome, asked } = await run('continue', { second: obedient })
  expect(textOf(events)).toBe(text)
  expect(outcome).toMatchObject({ status: 'complete', result: { text } })
  expect(asked?.messages.at(-2)).toEqual<Message>({ role: 'assistant', content: delivered })
  expect(asked?.messages.at(-1)?.content).toContain(`<<<${delivered}>>>`)
})

test('what was delivered counts against the limit of the continuation', async () => {
  const given = { ...request, maxOutputTokens: 100 }
  const { asked } = await run('continue', { prefill: true, second: obedient, given })
  expect(asked?.maxOutputTokens).toBe(92)
})

test('a continuation that does not take the text up is never shown', async () => {
  const { events, outcome } = await run('continue', {
    second: ({ number }) => (number === 1 ? says('Sure! Here is the rest: dog.') : says(text)),
  })
  expect(JSON.stringify(events)).not.toContain('Sure!')
  const at = events.findLastIndex(({ type }) => type === 'reset')
  expect(textOf(events.slice(at))).toBe(text)
  expect(outcome.attempts.map((attempt) => [attempt.why, attempt.outcome])).toEqual([
    ['first', 'cut'],
    ['continuation', 'garbage'],
    ['retry', 'cut'],
    ['retry', 'ok'],
  ])
})

test('after a failed seam a further model begins anew', async () => {
  const clock = createFakeClock()
  const models = [broken, says('Sure! Here it is.'), says(text)].map((script, index) =>
    scriptedModel({ clock, id: `m${index}`, script }),
  )
  const model = protect(models, { clock, midStream: 'continue' })
  const { events } = await readBeforeDeadline(clock, 3_000, (deadline) =>
    model.call(request, { deadline, stream: true }),
  )
  const at = events.findIndex(({ type }) => type === 'reset')
  expect(textOf(events.slice(0, at))).toBe(delivered)
  expect(textOf(events.slice(at))).toBe(text)
  expect(models[2]?.calls[0]?.request).toEqual(request)
})

test('JSON and tools are never continued', async () => {
  const json: ModelRequest = { ...request, output: { type: 'json' } }
  const tools: ModelRequest = { ...request, tools: [{ name: 'look', parameters: {} }] }
  for (const given of [json, tools]) {
    const { events, outcome, asked } = await run('continue', { given, prefill: true })
    expect(events.map(({ type }) => type)).toContain('reset')
    expect(outcome.status).toBe('complete')
    expect(asked).toEqual(given)
  }
})

test('a filtered end is not continued but begun anew', async () => {
  const clock = createFakeClock()
  const filtered: Script = cutAfter(says(text), 6, {
    type: 'finish',
    finishReason: 'content-filter',
    response: {},
  })
  const models = [filtered, says(text)].map((script, index) =>
    scriptedModel({ clock, id: `m${index}`, script, capabilities: { prefill: true } }),
  )
  const model = protect(models, { clock, midStream: 'continue' })
  const { events } = await readBeforeDeadline(clock, 3_000, (deadline) =>
    model.call(request, { deadline, stream: true }),
  )
  expect(events).toContainEqual({ type: 'reset', reason: 'content-filter' })
})

test('reasoning alone is voided and never an answer', async () => {
  for (const midStream of ['restart', 'continue', 'finish'] as const) {
    const clock = createFakeClock()
    const thinks: Script = [{ type: 'reasoning-delta', text: 'Hm.' }, cut]
    const models = [thinks, says(text)].map((script, index) =>
      scriptedModel({ clock, id: `m${index}`, script }),
    )
    const model = protect(models, { clock, midStream })
    const { events } = await readBeforeDeadline(clock, 3_000, (deadline) =>
      model.call(request, { deadline, stream: true }),
    )
    expect(events).toContainEqual({ type: 'reset', reason: 'cut' })
    expect(events.at(-1)).toMatchObject({ outcome: { status: 'complete', result: { text } } })
  }
})

test('with no model left a restart fails and a continuation is partial', async () => {
  const outcomes = await Promise.all(
    (['restart', 'continue'] as const).map((midStream) =>
      run(midStream, {
        second: fails({ kind: 'http', status: 401, headers: {}, body: '' }),
        policy: { retries: { perModel: 0 } },
      }),
    ),
  )
  expect(outcomes[0]?.outcome).toMatchObject({ status: 'failed', reason: 'bad-key' })
  expect(outcomes[1]?.outcome).toMatchObject({ status: 'partial', text: delivered })
})

test('an answer that stopped at its length is kept where the policy says so', async () => {
  const clock = createFakeClock()
  const end = { type: 'finish', finishReason: 'length', response: {} } as const
  for (const stream of [true, false]) {
    const script = cutAfter(says(text), 6, end)
    const models = [scriptedModel({ clock, script }), scriptedModel({ clock, id: 'two', script })]
    const model = protect(models, { clock, acceptLength: true })
    const { events } = await readBeforeDeadline(clock, 3_000, (deadline) =>
      model.call(request, { deadline, stream }),
    )
    expect(events.at(-1)).toMatchObject({
      outcome: { status: 'partial', reason: 'length', text: delivered, modelIndex: 0 },
    })
    expect(models[1]?.calls).toHaveLength(0)
  }
})

test('tool calls are given when the answer is whole and not before', async () => {
  const tools = [{ name: 'pay', parameters: { type: 'object', required: ['to'] } }]
  const pay = { id: 'c1', name: 'pay', arguments: '{"to":"Ann"}' }
  const end = { type: 'finish', finishReason: 'tool-calls', response: {} } as const
  const clock = createFakeClock()
  const primary = scriptedModel({ clock, script: [{ type: 'tool-call', toolCall: pay }, cut] })
  const fallback = scriptedModel({
    clock,
    id: 'two',
    script: [{ type: 'tool-call', toolCall: { ...pay, id: 'c2' } }, end],
  })
  const model = protect([primary, fallback], { clock })
  const { events } = await readBeforeDeadline(clock, 3_000, (deadline) =>
    model.call({ ...request, tools }, { deadline, stream: true }),
  )
  expect(events.filter(({ type }) => type === 'tool-call')).toEqual([
    { type: 'tool-call', toolCall: { ...pay, id: 'c2' } },
  ])
  expect(events.map(({ type }) => type)).not.toContain('reset')
})

test.each([
  ['arguments that break off', { id: '1', name: 'pay', arguments: '{"to": "An' }],
  ['arguments that are no object', { id: '1', name: 'pay', arguments: '"Ann"' }],
  ['no arguments where some are needed', { id: '1', name: 'pay', arguments: '' }],
  ['a tool that nobody offered', { id: '1', name: 'steal', arguments: '{}' }],
])('a tool call with %s is asked for once more', async (_name, toolCall) => {
  const tools = [{ name: 'pay', parameters: { type: 'object', required: ['to'] } }]
  const clock = createFakeClock()
  const end = { type: 'finish', finishReason: 'tool-calls', response: {} } as const
  const good = { id: '2', name: 'pay', arguments: '{"to":"Ann"}' }
  const primary = scriptedModel({
    clock,
    script: [
      [{ type: 'tool-call', toolCall }, end],
      [{ type: 'tool-call', toolCall: good }, end],
    ],
  })
  const model = protect([primary], { clock })
  const { events } = await readBeforeDeadline(clock, 3_000, (deadline) =>
    model.call({ ...request, tools }, { deadline, stream: true }),
  )
  expect(events.at(-1)).toMatchObject({
    outcome: {
      status: 'complete',
      result: { toolCalls: [good] },
      attempts: [{ outcome: 'broken-tool-call' }, { outcome: 'ok', why: 'retry' }],
    },
  })
})

test('a surrogate pair is never delivered in halves', async () => {
  const clock = createFakeClock()
  const halves = says('Hi 🦑 there', { chunkLength: 1 })
  const primary = scriptedModel({ clock, script: cutAfter(halves, 4, cut) })
  const model = protect([primary, scriptedModel({ clock, id: 'two', script: halves })], { clock })
  const { events } = await readBeforeDeadline(clock, 3_000, (deadline) =>
    model.call(request, { deadline, stream: true }),
  )
  const deltas = events.filter((event) => event.type === 'text-delta')
  for (const event of deltas) expect(event.text.isWellFormed()).toBe(true)
  const at = events.findIndex(({ type }) => type === 'reset')
  expect([textOf(events.slice(0, at)), textOf(events.slice(at))]).toEqual(['Hi ', 'Hi 🦑 there'])
})

test('characters broken on the way are not shown', async () => {
  const clock = createFakeClock()
  const primary = scriptedModel({ clock, script: says('caf\uFFFD') })
  const model = protect([primary, scriptedModel({ clock, id: 'two', script: says('café') })], {
    clock,
    retries: { perModel: 0 },
  })
  const { events } = await readBeforeDeadline(clock, 3_000, (deadline) =>
    model.call(request, { deadline, stream: true }),
  )
  expect(textOf(events)).toBe('café')
  expect(events.at(-1)).toMatchObject({ outcome: { attempts: [{ outcome: 'garbage' }, {}] } })
})
