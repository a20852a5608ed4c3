import { Agent, Pool } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { isHoldfastError } from '../../base/errors.ts'
import { type FaultEvidence, isModelFault } from '../../model/fault.ts'
import type { ModelRequest } from '../../model/model.ts'
import {
  completionOf,
  deltaEvent,
  doneEvent,
  finishEvent,
  jsonAnswer,
  streamAnswer,
  wireUsage,
} from '../../testing/chat-wire.ts'
import { createFakeClock } from '../../testing/fake-clock.ts'
import {
  httpAnswer,
  type RawExchange,
  type RawServer,
  startRawServer,
} from '../../testing/raw-server.ts'
import { createAgent } from '../http/agent.ts'
import { type OpenAICompatibleOptions, openaiCompatible } from './openai-compatible.ts'

let server: RawServer
let answer: (exchange: RawExchange) => void = () => {}

beforeAll(async () => {
  server = await startRawServer((exchange) => answer(exchange))
})
afterEach(() => {
  answer = () => {}
})
afterAll(() => server.close())

const request: ModelRequest = { messages: [{ role: 'user', content: 'Hello' }] }
const signal = (): AbortSignal => new AbortController().signal

function createModel(options: Partial<OpenAICompatibleOptions> = {}) {
  return openaiCompatible({
    model: 'm-1',
    baseUrl: `${server.url}/v1`,
    provider: 'raw',
    ...options,
  })
}

const dispatcher = new Agent()
afterAll(() => dispatcher.destroy())

function generate(options?: Partial<OpenAICompatibleOptions>) {
  return createModel(options).generate(request, { signal: signal() })
}

async function faultOf(work: Promise<unknown>): Promise<FaultEvidence> {
  try {
    await work
  } catch (error) {
    if (isModelFault(error)) return error.evidence
    throw error
  }
  throw new Error('No fault came')
}

/** Settles when the server sees that the client has closed the connection, or reset it. */
const closeOf = ({ socket }: RawExchange): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()))

describe('openaiCompatible, whole answers', () => {
  it('gives text, usage and who answered', async () => {
    answer = ({ socket }) =>
      socket.write(
        jsonAnswer(
          completionOf(
            { content: 'Hi' },
            {
              usage: {
                ...wireUsage,
                prompt_tokens_details: { cached_tokens: 4 },
                completion_tokens_details: { reasoning_tokens: 2 },
              },
            },
          ),
          { 'x-request-id': 'r-7' },
        ),
      )
    expect(await generate()).toEqual({
      text: 'Hi',
      toolCalls: [],
      finishReason: 'stop',
      usage: { inputTokens: 12, outputTokens: 3, cachedInputTokens: 4, reasoningTokens: 2 },
      response: { requestId: 'r-7', servedModel: 'm-1-2026', fingerprint: 'fp-9' },
    })
  })

  it('sends the key, the organisation and the caller’s headers', async () => {
    answer = ({ socket }) => socket.write(jsonAnswer(completionOf({ content: 'Hi' })))
    const arrived = server.next()
    const model = createModel({ apiKey: 'k', organization: 'o', headers: { 'x-a': '1' } })
    await model.generate(request, { signal: signal(), headers: { traceparent: '00-ab' } })
    const { path, headers } = await arrived
    expect(path).toBe('/v1/chat/completions')
    expect(headers).toMatchObject({
      authorization: 'Bearer k',
      'openai-organization': 'o',
      'x-a': '1',
      traceparent: '00-ab',
    })
  })

  it('speaks to Azure by its version and key header', async () => {
    answer = ({ socket }) => socket.write(jsonAnswer(completionOf({ content: 'Hi' })))
    const arrived = server.next()
    await generate({
      baseUrl: `${server.url}/openai/deployments/d-1/`,
      apiKey: 'k',
      apiVersion: '2024-10-21',
    })
    const { path, headers } = await arrived
    expect(path).toBe('/openai/deployments/d-1/chat/completions?api-version=2024-10-21')
    expect(headers['api-key']).toBe('k')
    expect(headers.authorization).toBeUndefined()
  })

  it('keeps the connection for the next call', async () => {
    const pool = new Pool(server.url)
    answer = ({ socket }) => socket.write(jsonAnswer(completionOf({ content: 'Hi' })))
    await generate({ dispatcher: pool })
    while (pool.stats.free === 0) await new Promise(setImmediate)
    await generate({ dispatcher: pool })
    const [last, before] = server.exchanges.toReversed()
    expect(last?.socket).toBe(before?.socket)
    await pool.destroy()
  })

  it('gives a refusal as such, without text', async () => {
    answer = ({ socket }) =>
      socket.write(jsonAnswer(completionOf({ content: null, refusal: 'I cannot' })))
    expect(await generate()).toMatchObject({
      text: '',
      finishReason: 'refusal',
      refusal: 'I cannot',
    })
  })

  it('gives tool calls with their arguments as text', async () => {
    const toolCall = {
      id: 't1',
      type: 'function',
      function: { name: 'rate', arguments: '{"a":1}' },
    }
    answer = ({ socket }) =>
      socket.write(jsonAnswer(completionOf({ content: null, tool_calls: [toolCall] })))
    expect(await generate()).toMatchObject({
      finishReason: 'tool-calls',
      toolCalls: [{ id: 't1', name: 'rate', arguments: '{"a":1}' }],
    })
  })

  it('reads a stream where JSON was asked for', async () => {
    answer = streamAnswer(
      deltaEvent('Hel'),
      deltaEvent('lo'),
      finishEvent('stop', { usage: wireUsage }),
      doneEvent,
    )
    expect(await generate()).toMatchObject({
      text: 'Hello',
      usage: { inputTokens: 12, outputTokens: 3 },
    })
  })

  it.each<[string, Buffer, object]>([
    [
      'HTML',
      jsonAnswer('<html>Login</html>', { 'content-type': 'text/html' }),
      { problem: 'html' },
    ],
    ['broken JSON', jsonAnswer('{"choices": [{'), { problem: 'bad-json' }],
    ['a bare word', jsonAnswer('Gateway'), { problem: 'bad-json', excerpt: 'Gateway' }],
    [
      'plain text',
      jsonAnswer('upstream error', { 'content-type': 'text/plain' }),
      { problem: 'bad-content-type', excerpt: 'upstream error' },
    ],
    ['nothing', jsonAnswer(''), { problem: 'empty-body' }],
    ['blanks', jsonAnswer(' \n '), { problem: 'empty-body' }],
    ['no choices', jsonAnswer({ id: 'x', choices: [] }), { problem: 'no-choices' }],
    [
      'another object',
      jsonAnswer({ detail: 'x' }),
      { problem: 'no-choices', excerpt: '{"detail":"x"}' },
    ],
  ])('reports %s with status 200', async (_name, bytes, expected) => {
    answer = ({ socket }) => socket.write(bytes)
    expect(await faultOf(generate())).toMatchObject({ kind: 'protocol', ...expected })
  })

  it.each([
    ['an error object', '{"error":{"code":502}}'],
    ['an error in an array', '[{"error":{"code":429}}]'],
    ['an error as Ollama says it', '{"error":"model not loaded"}'],
    ['an error as vLLM says it', '{"object":"error","message":"x"}'],
    ['a failed choice', '{"choices":[{"message":{},"finish_reason":"error"}]}'],
  ])('reports %s with status 200', async (_name, body) => {
    answer = ({ socket }) => socket.write(jsonAnswer(body, { 'retry-after': '3' }))
    expect(await faultOf(generate())).toMatchObject({
      kind: 'error-event',
      body,
      headers: { 'retry-after': '3' },
    })
  })

  it('gives status, headers and body of an error', async () => {
    answer = ({ socket }) =>
      socket.write(
        httpAnswer(429, { 'Retry-After': '20', 'X-A': '1', 'content-length': '4' }, 'slow'),
      )
    const evidence = await faultOf(generate())
    expect(evidence).toMatchObject({ kind: 'http', status: 429, body: 'slow' })
    expect(evidence).toMatchObject({ headers: { 'retry-after': '20', 'x-a': '1' } })
  })

  it('cuts the body of an error at 64 KiB', async () => {
    const page = 'x'.repeat(100_000)
    answer = ({ socket }) =>
      socket.write(httpAnswer(502, { 'content-length': String(page.length) }, page))
    expect(await faultOf(generate())).toMatchObject({ status: 502, body: page.slice(0, 64 * 1024) })
  })

  it('does not wait for an error body that never ends', async () => {
    const clock = createFakeClock()
    answer = ({ socket }) => socket.write(httpAnswer(503, { 'content-length': '99' }, 'half'))
    const arrived = server.next()
    const fault = faultOf(generate({ clock, dispatcher }))
    const gone = closeOf(await arrived)
    while (clock.pendingTimers === 0) await new Promise(setImmediate)
    await clock.advance(1_000)
    expect(await fault).toMatchObject({ kind: 'http', status: 503, body: 'half' })
    await gone
  })

  it('keeps the status of an error whose body breaks', async () => {
    answer = ({ socket }) => {
      socket.write(httpAnswer(500, { 'content-length': '99' }, 'half'))
      socket.end()
    }
    expect(await faultOf(generate())).toMatchObject({ kind: 'http', status: 500, body: 'half' })
  })

  it('reports a body that breaks off as cut', async () => {
    answer = ({ socket }) => {
      socket.write(httpAnswer(200, { 'content-length': '99' }, '{"choices":'))
      socket.end()
    }
    expect(await faultOf(generate())).toMatchObject({ kind: 'cut', code: expect.any(String) })
  })

  it('gives up a body beyond the limit', async () => {
    const big = JSON.stringify(completionOf({ content: 'x'.repeat(3_000) }))
    answer = ({ socket }) => socket.write(jsonAnswer(big))
    expect(await faultOf(generate({ maxAnswerBytes: 2_000 }))).toEqual({
      kind: 'too-large',
      limitBytes: 2_000,
    })
  })

  it('reports bytes that are not UTF-8', async () => {
    const body = Buffer.from('{"choices":[{"message":{"content":"\xff"}}]}', 'latin1')
    answer = ({ socket }) =>
      socket.write(httpAnswer(200, { 'content-length': String(body.length) }, body))
    expect(await faultOf(generate())).toMatchObject({ kind: 'protocol', problem: 'bad-utf8' })
  })
})

describe('openaiCompatible, no answer', () => {
  it('says that nothing was sent to a closed port', async () => {
    const gone = await startRawServer()
    await gone.close()
    const model = openaiCompatible({ model: 'm', baseUrl: gone.url })
    expect(await faultOf(model.generate(request, { signal: signal() }))).toEqual({
      kind: 'network',
      code: 'ECONNREFUSED',
      sent: false,
    })
  })

  it('says that nothing was sent to a name that does not exist', async () => {
    const model = openaiCompatible({ model: 'm', baseUrl: 'http://nowhere.invalid/v1' })
    expect(await faultOf(model.generate(request, { signal: signal() }))).toMatchObject({
      kind: 'network',
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
      sent: false,
    })
  })

  it('says that the request was sent before a reset', async () => {
    answer = ({ socket }) => socket.resetAndDestroy()
    expect(await faultOf(generate())).toMatchObject({ kind: 'network', sent: true })
  })

  it('gives up a host that does not connect in time', async () => {
    const clock = createFakeClock()
    // A TLS handshake with a server that accepts and says nothing.
    const agent = createAgent(clock, 700)
    const baseUrl = server.url.replace('http:', 'https:')
    const model = openaiCompatible({ model: 'm', baseUrl, dispatcher: agent })
    const fault = faultOf(model.generate(request, { signal: signal() }))
    while (clock.pendingTimers === 0) await new Promise(setImmediate)
    await clock.advance(700)
    expect(await fault).toEqual({ kind: 'network', code: 'UND_ERR_CONNECT_TIMEOUT', sent: false })
    expect(clock.pendingTimers).toBe(0)
    await agent.close()
  })
})

describe('openaiCompatible, options', () => {
  const noKey = () => openaiCompatible({ model: 'gpt-5-mini' })

  it('names the variable of a missing key', () => {
    expect(noKey).toThrow(/OPENAI_API_KEY/)
    try {
      noKey()
    } catch (error) {
      expect(isHoldfastError(error, 'INVALID_CONFIG')).toBe(true)
    }
  })

  it.each<[string, Partial<OpenAICompatibleOptions>]>([
    ['baseUrl', { baseUrl: 'localhost:8000' }],
    ['model', { model: ' ' }],
    ['maxAnswerBytes', { maxAnswerBytes: 0 }],
    ['connectTimeoutMs', { connectTimeoutMs: Number.NaN }],
    ['contextWindow', { contextWindow: -1 }],
  ])('refuses a wrong %s', (name, options) => {
    expect(() => createModel(options)).toThrow(name)
  })

  it('names the provider by its host', () => {
    const named = (baseUrl: string): string =>
      openaiCompatible({ model: 'm', baseUrl, apiKey: 'k' }).provider
    expect(named('https://api.openai.com/v1')).toBe('openai')
    expect(named('https://r.openai.azure.com/openai/v1')).toBe('azure')
    expect(named('https://openrouter.ai/api/v1')).toBe('openrouter')
    expect(named('http://localhost:8000/v1')).toBe('localhost:8000')
  })

  it('lets the caller correct what is assumed', () => {
    const { capabilities } = createModel({
      contextWindow: 8_192,
      capabilities: { structuredOutput: 'none' },
    })
    expect(capabilities).toEqual({
      contextWindow: 8_192,
      structuredOutput: 'none',
      prefill: false,
    })
  })
})
