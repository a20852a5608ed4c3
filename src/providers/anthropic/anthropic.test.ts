import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FaultEvidence, isModelFault } from '../../model/fault.ts'
import type { ModelEvent, ModelRequest } from '../../model/model.ts'
import {
  httpAnswer,
  httpChunk,
  type RawExchange,
  startRawServer,
} from '../../testing/raw-server.ts'
import { anthropic } from './anthropic.ts'

let server: Awaited<ReturnType<typeof startRawServer>>
let answer: (exchange: RawExchange) => void

beforeAll(async () => {
  server = await startRawServer((exchange) => answer(exchange))
})
afterAll(() => server.close())

const ask: ModelRequest = { messages: [{ role: 'user', content: 'Hello' }] }
const signal = (): AbortSignal => new AbortController().signal
const createModel = (id = 'claude-haiku-4-5') =>
  anthropic(id, { baseUrl: server.url, apiKey: 'k', env: {} })

const event = (type: string, fields: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

const started = event('message_start', {
  message: {
    id: 'msg_1',
    model: 'claude-haiku-4-5-20251001',
    usage: { input_tokens: 5, cache_read_input_tokens: 20, output_tokens: 1 },
  },
})
const textBlock = (...texts: string[]): string =>
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
  texts
    .map((text) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }))
    .join('') +
  event('content_block_stop', { index: 0 })
const toolBlock = (index: number, name: string, ...pieces: string[]): string =>
  event('content_block_start', {
    index,
    content_block: { type: 'tool_use', id: `toolu_${index}`, name, input: {} },
  }) +
  pieces
    .map((piece) =>
      event('content_block_delta', {
        index,
        delta: { type: 'input_json_delta', partial_json: piece },
      }),
    )
    .join('') +
  event('content_block_stop', { index })
const ended = (reason: string): string =>
  event('message_delta', { delta: { stop_reason: reason }, usage: { output_tokens: 7 } }) +
  event('message_stop')

const streamOf =
  (text: string) =>
  ({ socket }: RawExchange): void => {
    const headers = { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' }
    socket.write(Buffer.concat([httpAnswer(200, headers), httpChunk(text), httpChunk('')]))
  }

const jsonOf =
  (body: object, status = 200) =>
  ({ socket }: RawExchange): void => {
    const text = JSON.stringify(body)
    socket.write(
      httpAnswer(
        status,
        { 'content-type': 'application/json', 'content-length': String(text.length) },
        text,
      ),
    )
  }

async function stream(request = ask): Promise<ModelEvent[]> {
  const events: ModelEvent[] = []
  for await (const event of createModel().stream(request, { signal: signal() })) events.push(event)
  return events
}

async function faultOf(work: Promise<unknown>): Promise<FaultEvidence> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (isModelFault(error)) return error.evidence
  throw new Error('No fault came', { cause: error })
}

async function bodyOf(request: ModelRequest, id?: string): Promise<Record<string, unknown>> {
  answer = streamOf(started + textBlock('x') + ended('end_turn'))
  const arrived = server.next()
  await createModel(id).generate(request, { signal: signal() })
  return JSON.parse((await arrived).body)
}

describe('anthropic', () => {
  it('gives the events of a stream with who answered and what it used', async () => {
    answer = streamOf(started + event('ping') + textBlock('Hel', 'lo') + ended('end_turn'))
    const response = { requestId: 'msg_1', servedModel: 'claude-haiku-4-5-20251001' }
    expect(await stream()).toEqual([
      { type: 'response-started', response },
      { type: 'text-delta', text: 'Hel' },
      { type: 'text-delta', text: 'lo' },
      {
        type: 'finish',
        finishReason: 'stop',
        usage: { inputTokens: 25, outputTokens: 7, cachedInputTokens: 20 },
        response,
      },
    ])
  })

  it('gives a whole answer', async () => {
    answer = jsonOf({
      type: 'message',
      id: 'msg_2',
      model: 'claude-haiku-4-5',
      content: [
        { type: 'text', text: 'Let me look.' },
        { type: 'tool_use', id: 't', name: 'rate', input: { from: 'EUR' } },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 3, output_tokens: 4 },
    })
    expect(await createModel().generate(ask, { signal: signal() })).toEqual({
      text: 'Let me look.',
      toolCalls: [{ id: 't', name: 'rate', arguments: '{"from":"EUR"}' }],
      finishReason: 'tool-calls',
      usage: { inputTokens: 3, outputTokens: 4 },
      response: { requestId: 'msg_2', servedModel: 'claude-haiku-4-5' },
    })
  })

  it('gives thoughts apart and each tool call when it is whole', async () => {
    const thought =
      event('content_block_start', {
        index: 0,
        content_block: { type: 'thinking', thinking: '' },
      }) +
      event('content_block_delta', {
        index: 0,
        delta: { type: 'thinking_delta', thinking: 'Hm' },
      }) +
      event('content_block_delta', {
        index: 0,
        delta: { type: 'signature_delta', signature: 's' },
      }) +
      event('content_block_stop', { index: 0 })
    const tools = toolBlock(1, 'rate', '{"a"', ':1}') + toolBlock(2, 'fee')
    answer = streamOf(started + thought + tools + ended('tool_use'))
    expect((await stream()).slice(1)).toMatchObject([
      { type: 'reasoning-delta', text: 'Hm' },
      { type: 'tool-call', toolCall: { id: 'toolu_1', name: 'rate', arguments: '{"a":1}' } },
      { type: 'tool-call', toolCall: { id: 'toolu_2', name: 'fee', arguments: '{}' } },
      { type: 'finish', finishReason: 'tool-calls' },
    ])
  })

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'refusal'],
    ['pause_turn', 'other'],
  ])('maps the reason %s to %s', async (reason, expected) => {
    answer = streamOf(started + textBlock('a') + ended(reason))
    expect((await stream()).at(-1)).toMatchObject({ type: 'finish', finishReason: expected })
  })

  it('reports an error inside the stream', async () => {
    const error = { error: { type: 'overloaded_error', message: 'Overloaded' } }
    answer = streamOf(started + textBlock('Hi') + event('error', error))
    expect(await faultOf(stream())).toMatchObject({
      kind: 'error-event',
      body: expect.stringContaining('overloaded_error'),
    })
  })

  it('reports an error status with its body', async () => {
    answer = jsonOf({ type: 'error', error: { type: 'rate_limit_error' } }, 429)
    expect(await faultOf(stream())).toMatchObject({
      kind: 'http',
      status: 429,
      body: expect.stringContaining('rate_limit_error'),
    })
  })

  it('reports a stream without a reason to stop as cut', async () => {
    answer = streamOf(started + textBlock('Hi'))
    expect(await faultOf(stream())).toEqual({ kind: 'cut' })
  })

  it('does not demand the end mark after a reason to stop', async () => {
    const withoutStop = ended('end_turn').replace(event('message_stop'), '')
    answer = streamOf(started + textBlock('Hi') + withoutStop)
    expect((await stream()).at(-1)).toMatchObject({ type: 'finish', finishReason: 'stop' })
  })

  it('holds a model to the schema that follows one', async () => {
    const schema = { type: 'array', items: { type: 'number', minimum: 0 } }
    const request: ModelRequest = {
      ...ask,
      output: { type: 'json', schema },
      providerOptions: { anthropic: { output_config: { effort: 'low' } } },
    }
    const body = await bodyOf(request)
    expect(body).toMatchObject({
      output_config: {
        effort: 'low',
        format: {
          type: 'json_schema',
          schema: {
            properties: {
              value: { type: 'array', items: { type: 'number', description: '(minimum: 0)' } },
            },
          },
        },
      },
    })
    expect(body.tools).toBeUndefined()
    answer = streamOf(started + textBlock('{"val', 'ue": [1,', ' 2]', '}') + ended('end_turn'))
    const texts = (await stream(request)).flatMap((each) =>
      each.type === 'text-delta' ? [each.text] : [],
    )
    expect(texts.join('')).toBe('[1, 2]')
  })

  it.each([
    ['claude-sonnet-4-5', true],
    ['claude-opus-5', true],
    ['claude-sonnet-4-20250514', false],
    ['claude-3-5-haiku-latest', false],
  ])('knows whether %s can be held to a schema: %s', async (id, can) => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } }
    const body = await bodyOf({ ...ask, output: { type: 'json', schema } }, id)
    expect(body.output_config !== undefined).toBe(can)
    expect(body.tools !== undefined).toBe(!can)
  })

  it('takes the structured answer from the tool that it forces', async () => {
    const scores = { type: 'object', additionalProperties: { type: 'number' } }
    const schema = { type: 'object', properties: { scores } }
    const request: ModelRequest = { ...ask, output: { type: 'json', name: 'out', schema } }
    const body = await bodyOf(request)
    expect(body).toMatchObject({
      tools: [{ name: 'out', input_schema: schema }],
      tool_choice: { type: 'tool', name: 'out' },
    })
    answer = streamOf(started + toolBlock(0, 'out', '{"a"', ':1}') + ended('tool_use'))
    const events = await stream(request)
    expect(events.slice(1, 3)).toEqual([
      { type: 'text-delta', text: '{"a"' },
      { type: 'text-delta', text: ':1}' },
    ])
    expect(events.at(-1)).toMatchObject({ finishReason: 'stop' })
  })

  it.each<[string, Partial<ModelRequest>]>([
    ['beside tools', { tools: [{ name: 't', parameters: { type: 'object' } }] }],
    ['while it thinks', { providerOptions: { anthropic: { thinking: { type: 'enabled' } } } }],
    ['for a list of anything', { output: { type: 'json', schema: { type: 'array' } } }],
  ])('asks for the schema in words %s', async (_name, more) => {
    const schema = { type: 'object', additionalProperties: { type: 'number' } }
    const body = await bodyOf({ ...ask, output: { type: 'json', schema }, ...more })
    expect(body.system).toContain('JSON Schema')
    expect(body.tool_choice).toBeUndefined()
  })

  it('sends system texts apart and tool results in one turn', async () => {
    const body = await bodyOf({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Rates?' },
        {
          role: 'assistant',
          content: '',
          toolCalls: [
            { id: 'a', name: 'rate', arguments: '{"x":1}' },
            { id: 'b', name: 'rate', arguments: 'oops' },
          ],
        },
        { role: 'tool', toolCallId: 'a', toolName: 'rate', content: '1.1' },
        { role: 'tool', toolCallId: 'b', toolName: 'rate', content: 'bad', isError: true },
        { role: 'user', content: 'So?' },
      ],
    })
    expect(body.system).toBe('Be brief.')
    expect(body.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Rates?' }] },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'a', name: 'rate', input: { x: 1 } },
          { type: 'tool_use', id: 'b', name: 'rate', input: { text: 'oops' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: '1.1' },
          { type: 'tool_result', tool_use_id: 'b', content: 'bad', is_error: true },
          { type: 'text', text: 'So?' },
        ],
      },
    ])
  })

  it('continues a beginning that ends in a space without doubling it', async () => {
    const request: ModelRequest = {
      messages: [...ask.messages, { role: 'assistant', content: 'The sea is ' }],
    }
    answer = streamOf(started + textBlock(' ', 'blue') + ended('end_turn'))
    const arrived = server.next()
    const events = await stream(request)
    const body = JSON.parse((await arrived).body)
    expect(body.messages.at(-1).content).toEqual([{ type: 'text', text: 'The sea is' }])
    expect(events[1]).toEqual({ type: 'text-delta', text: 'blue' })
  })

  it('knows which models continue a beginning', () => {
    const prefill = (id: string) => createModel(id).capabilities.prefill
    expect(prefill('claude-3-5-haiku-latest')).toBe(true)
    expect(prefill('claude-sonnet-4-20250514')).toBe(true)
    expect(prefill('claude-haiku-4-5-20251001')).toBe(true)
    expect(prefill('claude-opus-4-6')).toBe(false)
    expect(prefill('claude-sonnet-5')).toBe(false)
  })

  it('sends the key and the version to the address of the environment', async () => {
    answer = streamOf(started + textBlock('x') + ended('end_turn'))
    const env = { ANTHROPIC_API_KEY: 'secret', ANTHROPIC_BASE_URL: `${server.url}/v1/` }
    const arrived = server.next()
    await anthropic('claude-haiku-4-5', { env }).generate(ask, { signal: signal() })
    const { path, headers } = await arrived
    expect(path).toBe('/v1/messages')
    expect(headers).toMatchObject({ 'x-api-key': 'secret', 'anthropic-version': '2023-06-01' })
  })

  it('names the variable of a missing key', () => {
    expect(() => anthropic('claude-haiku-4-5', { env: {} })).toThrow(/ANTHROPIC_API_KEY/)
  })
})
