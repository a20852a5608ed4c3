import { Agent, request as send } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isHoldfastError } from '../../base/errors.ts'
import type { ModelEvent, ModelRequest } from '../../model/model.ts'
import { createFakeClock, type FakeClock } from '../../testing/fake-clock.ts'
import { rehearsal } from './rehearsal.ts'
import { type RehearsalServer, startRehearsalServer } from './rehearsal-server.ts'

let server: RehearsalServer
let dispatcher: Agent

beforeEach(async () => {
  dispatcher = new Agent()
  server = await startRehearsalServer({ tokensPerSecond: 0, firstTokenMs: 0 })
})
afterEach(async () => {
  await server.close()
  await dispatcher.destroy()
})

const ask: ModelRequest = {
  messages: [{ role: 'user', content: 'I want to swap 200 euros for bitcoin' }],
}
const signal = (): AbortSignal => new AbortController().signal

async function read(asked: ModelRequest, on = server): Promise<ModelEvent[]> {
  const events: ModelEvent[] = []
  const model = rehearsal(on, { dispatcher })
  for await (const event of model.stream(asked, { signal: signal() })) events.push(event)
  return events
}

const textOf = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')

async function post(body: string, path = '/chat/completions') {
  const { statusCode, body: answer } = await send(server.baseUrl + path, {
    method: 'POST',
    body,
    dispatcher,
  })
  return { status: statusCode, body: await answer.text() }
}

describe('the rehearsal model', () => {
  it('says that it is one', () => {
    expect(rehearsal(server)).toMatchObject({
      provider: 'rehearsal',
      id: 'rehearsal-primary',
      capabilities: {
        rehearsal: true,
        prefill: true,
        structuredOutput: 'json-schema',
        contextWindow: 32_768,
      },
    })
  })

  it('answers alike as a whole and as a stream', async () => {
    const whole = await rehearsal(server, { dispatcher }).generate(ask, { signal: signal() })
    const events = await read(ask)
    expect(textOf(events)).toBe(whole.text)
    expect(events.at(-1)).toMatchObject({ finishReason: 'stop', usage: whole.usage })
    expect(events.filter(({ type }) => type === 'text-delta').length).toBeGreaterThan(10)
  })

  it('counts tokens as it bills them', async () => {
    const events = await read(ask)
    const end = events.at(-1)
    const [logged] = server.requests.log
    expect(end?.type === 'finish' && end.usage).toEqual({
      inputTokens: logged?.inputTokens,
      outputTokens: logged?.outputTokens,
    })
    const deltas = events.filter(({ type }) => type === 'text-delta')
    expect(logged?.outputTokens).toBe(deltas.length)
  })

  it('stops at the limit of tokens', async () => {
    const events = await read({ ...ask, maxOutputTokens: 5 })
    expect(events.filter(({ type }) => type === 'text-delta')).toHaveLength(5)
    expect(events.at(-1)).toMatchObject({ finishReason: 'length' })
  })

  it('goes on with the beginning of its answer', async () => {
    const whole = textOf(await read(ask))
    const begun = whole.slice(0, 21)
    const messages = [...ask.messages, { role: 'assistant' as const, content: begun }]
    expect(begun + textOf(await read({ messages }))).toBe(whole)
  })

  it('calls a tool and speaks of its result', async () => {
    const tools = [
      {
        name: 'get_rate',
        description: 'The exchange rate between two currencies',
        parameters: {
          type: 'object',
          properties: { from: { type: 'string' }, to: { type: 'string' } },
          required: ['from', 'to'],
        },
      },
    ]
    const question = {
      role: 'user' as const,
      content: 'What is the exchange rate from EUR to BTC?',
    }
    const events = await read({ messages: [question], tools })
    const toolCall = {
      id: 'call_get_rate',
      name: 'get_rate',
      arguments: '{"from":"EUR","to":"BTC"}',
    }
    expect(events[1]).toEqual({ type: 'tool-call', toolCall })
    const messages = [
      question,
      { role: 'assistant' as const, content: '', toolCalls: [toolCall] },
      { role: 'tool' as const, toolCallId: toolCall.id, toolName: 'get_rate', content: '0.00001' },
    ]
    expect(textOf(await read({ messages, tools }))).toContain('0.00001')
  })

  it('answers the user and not the correction of its last answer', async () => {
    const schema = {
      type: 'object',
      properties: { reply: { type: 'string' } },
      required: ['reply'],
    }
    const output = { type: 'json' as const, schema }
    const first = textOf(await read({ ...ask, output }))
    const messages = [
      ...ask.messages,
      { role: 'assistant' as const, content: '{"oops": true}' },
      { role: 'user' as const, content: 'Your JSON does not fit the schema: reply is missing.' },
    ]
    expect(textOf(await read({ messages, output }))).toBe(first)
  })

  it('refuses a prompt beyond its window', async () => {
    const small = await startRehearsalServer({
      tokensPerSecond: 0,
      firstTokenMs: 0,
      contextWindow: 50,
    })
    const long = { messages: [{ role: 'user' as const, content: 'word '.repeat(200) }] }
    await expect(read(long, small)).rejects.toMatchObject({
      evidence: { status: 400, body: expect.stringContaining('context_length_exceeded') },
    })
    await small.close()
  })

  it('follows its seed', async () => {
    const answers = new Set<string>()
    for (const seed of [1, 1, 2, 3, 4, 5]) {
      const seeded = await startRehearsalServer({ tokensPerSecond: 0, firstTokenMs: 0, seed })
      answers.add(textOf(await read(ask, seeded)))
      await seeded.close()
    }
    expect(answers.size).toBe(2)
  })
})

describe('its pace', () => {
  let clock: FakeClock
  let slow: RehearsalServer

  beforeEach(async () => {
    clock = createFakeClock()
    slow = await startRehearsalServer({ tokensPerSecond: 10, firstTokenMs: 300, clock })
  })
  afterEach(() => slow.close())

  it('sends the first token and then one after the other', async () => {
    const events: ModelEvent[] = []
    const controller = new AbortController()
    const model = rehearsal(slow, { dispatcher })
    const reading = (async () => {
      for await (const event of model.stream(ask, { signal: controller.signal })) events.push(event)
    })()
    const deltas = (): number => events.filter(({ type }) => type === 'text-delta').length
    const seen = async (ms: number, count: number): Promise<void> => {
      await clock.advance(ms)
      while (deltas() < count) await new Promise(setImmediate)
      expect(deltas()).toBe(count)
    }
    while (clock.pendingTimers === 0) await new Promise(setImmediate)
    await seen(299, 0)
    await seen(1, 1)
    await seen(100, 2)
    await seen(300, 5)
    controller.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
    await slow.idle()
    expect(clock.pendingTimers).toBe(0)
    expect(slow.requests.log.at(-1)).toMatchObject({ outcome: 'left', outputTokens: 5 })
  })

  it('sends a whole answer when all of it would have been written', async () => {
    const call = rehearsal(slow, { dispatcher }).generate(ask, { signal: signal() })
    while (clock.pendingTimers === 0) await new Promise(setImmediate)
    await clock.advance(60_000)
    expect((await call).finishReason).toBe('stop')
  })
})

describe('its server', () => {
  it('lists its models', async () => {
    const { body } = await send(`${server.baseUrl}/models`, { dispatcher })
    expect(await body.json()).toMatchObject({
      data: [{ id: 'rehearsal-primary' }, { id: 'rehearsal-fallback' }],
    })
  })

  it.each([
    ['no JSON', '{oops', 'not JSON'],
    ['no object', '[]', 'not a JSON object'],
    ['no model', '{"messages":[{}]}', 'model is missing'],
    ['no messages', '{"model":"m","messages":[]}', 'messages is missing'],
    ['too much', `"${'x'.repeat(9 * 1024 * 1024)}"`, 'larger than'],
  ])('refuses %s', async (_name, body, problem) => {
    const answer = await post(body)
    expect(answer.status).toBe(400)
    expect(answer.body).toContain(problem)
  })

  it('knows no other path', async () => {
    expect((await post('{}', '/embeddings')).status).toBe(404)
  })

  it('says that its port is taken', async () => {
    const port = Number(new URL(server.baseUrl).port)
    const second = await startRehearsalServer({ port }).catch((error: unknown) => error)
    expect(isHoldfastError(second, 'ADDRESS_UNAVAILABLE')).toBe(true)
    expect(String(second)).toContain(String(port))
  })

  it('refuses options that cannot work', async () => {
    await expect(startRehearsalServer({ tokensPerSecond: -1 })).rejects.toThrow('tokensPerSecond')
  })

  it('keeps its plan when the next one is wrong', () => {
    server.setFaults({ kind: 'always', fault: 'stall' })
    expect(() => server.setFaults({ kind: 'always', fault: 'no-such' })).toThrow(/one of/)
    expect(server.faults).toEqual({ kind: 'always', fault: 'stall' })
  })

  it('logs what was asked and what became of it', async () => {
    server.setFaults({ kind: 'script', faults: ['overloaded'] })
    await read(ask).catch(() => {})
    await read(ask)
    expect(server.requests.count).toBe(2)
    expect(server.requests.log).toMatchObject([
      { index: 0, fault: 'overloaded', status: 529, outcome: 'answered', outputTokens: 0 },
      { index: 1, fault: undefined, status: 200, outcome: 'answered', mode: 'sse' },
    ])
    server.requests.clear()
    expect(server.requests.log).toEqual([])
  })

  it('gives the same request the same fault by its key', async () => {
    server.setFaults({ kind: 'mix', share: 0.5, faults: [{ fault: 'server-error' }] })
    const model = rehearsal(server, { dispatcher })
    const outcome = (key: string): Promise<boolean> =>
      model.generate(ask, { signal: signal(), headers: { 'x-rehearsal-key': key } }).then(
        () => true,
        () => false,
      )
    const keys = Array.from({ length: 12 }, (_, index) => `r${index}`)
    const first: boolean[] = []
    for (const key of keys) first.push(await outcome(key))
    const second = await Promise.all(keys.map(outcome))
    expect(second).toEqual(first)
    expect(new Set(first).size).toBe(2)
  })
})
