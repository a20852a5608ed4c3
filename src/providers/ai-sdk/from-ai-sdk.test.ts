import {
  APICallError,
  EmptyResponseBodyError,
  JSONParseError,
  type LanguageModelV3StreamPart,
  LoadAPIKeyError,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider'
import { convertArrayToReadableStream } from 'ai/test'
import { describe, expect, it } from 'vitest'
import { type FaultEvidence, isModelFault } from '../../model/fault.ts'
import type { ModelEvent, ModelRequest } from '../../model/model.ts'
import { type AiSdkModel, fromAiSdk } from './from-ai-sdk.ts'
import { toAiSdk } from './to-ai-sdk.ts'

const ask: ModelRequest = { messages: [{ role: 'user', content: 'Hello' }] }
const signal = (): AbortSignal => new AbortController().signal

const usageV3 = {
  inputTokens: { total: 9, noCache: 7, cacheRead: 2, cacheWrite: undefined },
  outputTokens: { total: 4, text: 3, reasoning: 1 },
}
const usage = { inputTokens: 9, outputTokens: 4, cachedInputTokens: 2, reasoningTokens: 1 }
const finishV3 = {
  type: 'finish' as const,
  finishReason: { unified: 'stop' as const, raw: 'stop' },
  usage: usageV3,
}
const text: LanguageModelV3StreamPart[] = [
  { type: 'stream-start', warnings: [] },
  { type: 'response-metadata', id: 'r', modelId: 'm-2026' },
  { type: 'text-start', id: '1' },
  { type: 'text-delta', id: '1', delta: 'Hi' },
]

/** A provider's model; what it does not need to do in a test it refuses. */
function provided(
  methods: Partial<Record<'doGenerate' | 'doStream', unknown>>,
  version = 'v3',
): AiSdkModel {
  const refuse = () => Promise.reject(new Error('not scripted'))
  return {
    specificationVersion: version,
    provider: 'acme.chat',
    modelId: 'm-1',
    supportedUrls: {},
    doGenerate: refuse,
    doStream: refuse,
    ...methods,
  } as AiSdkModel
}

const streaming = (parts: LanguageModelV3StreamPart[]): AiSdkModel =>
  provided({ doStream: async () => ({ stream: convertArrayToReadableStream(parts) }) })

async function read(model: AiSdkModel): Promise<ModelEvent[]> {
  const events: ModelEvent[] = []
  for await (const event of fromAiSdk(model).stream(ask, { signal: signal() })) events.push(event)
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

const generateFault = (thrown: unknown): Promise<FaultEvidence> =>
  faultOf(
    fromAiSdk(provided({ doGenerate: () => Promise.reject(thrown) })).generate(ask, {
      signal: signal(),
    }),
  )

const apiError = (fields: object): APICallError =>
  new APICallError({ message: 'x', url: 'https://acme', requestBodyValues: {}, ...fields })

describe('fromAiSdk', () => {
  it('takes provider and id from the model', () => {
    expect(fromAiSdk(provided({}))).toMatchObject({ provider: 'acme.chat', id: 'm-1' })
  })

  it('asks once, in the words of the interface', async () => {
    const asked: unknown[] = []
    const model = provided({
      doGenerate: async (options: unknown) => {
        asked.push(options)
        return { content: [], finishReason: 'stop', usage: {}, warnings: [] }
      },
    })
    const schema = { type: 'object' }
    await fromAiSdk(model).generate(
      {
        messages: [
          { role: 'system', content: 'S' },
          { role: 'user', content: 'U' },
          {
            role: 'assistant',
            content: '',
            toolCalls: [{ id: 'c', name: 't', arguments: '{"a":1}' }],
          },
          { role: 'tool', toolCallId: 'c', toolName: 't', content: 'bad', isError: true },
        ],
        output: { type: 'json', name: 'n', schema },
        tools: [{ name: 't', parameters: schema }],
        toolChoice: { name: 't' },
        maxOutputTokens: 5,
        stopSequences: ['.'],
        providerOptions: { acme: { x: 1 } },
      },
      { signal: signal(), headers: { traceparent: '00' } },
    )
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({
      prompt: [
        { role: 'system', content: 'S' },
        { role: 'user', content: [{ type: 'text', text: 'U' }] },
        { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'c', input: { a: 1 } }] },
        {
          role: 'tool',
          content: [{ type: 'tool-result', output: { type: 'error-text', value: 'bad' } }],
        },
      ],
      responseFormat: { type: 'json', name: 'n', schema },
      tools: [{ type: 'function', name: 't', inputSchema: schema }],
      toolChoice: { type: 'tool', toolName: 't' },
      maxOutputTokens: 5,
      stopSequences: ['.'],
      providerOptions: { acme: { x: 1 } },
      headers: { traceparent: '00' },
    })
  })

  it.each<[string, object]>([
    ['v2', { finishReason: 'stop', usage: { ...usage, totalTokens: 13 } }],
    ['v3', { finishReason: { unified: 'stop', raw: 'end' }, usage: usageV3 }],
    ['v4', { finishReason: { unified: 'stop', raw: 'end' }, usage: usageV3 }],
  ])('reads an answer of version %s', async (version, end) => {
    const content = [
      { type: 'reasoning', text: 'Hm' },
      { type: 'text', text: 'Hi' },
      { type: 'tool-call', toolCallId: 'c', toolName: 't', input: '{}' },
      { type: 'tool-call', toolCallId: 'd', toolName: 'u', input: '{}', providerExecuted: true },
    ]
    const answer = { content, response: { id: 'r', modelId: 'm-2026' }, warnings: [], ...end }
    const model = provided({ doGenerate: async () => answer }, version)
    expect(await fromAiSdk(model).generate(ask, { signal: signal() })).toEqual({
      text: 'Hi',
      toolCalls: [{ id: 'c', name: 't', arguments: '{}' }],
      finishReason: 'stop',
      usage,
      response: { requestId: 'r', servedModel: 'm-2026' },
    })
  })

  it('streams events and ends with one finish', async () => {
    const parts: LanguageModelV3StreamPart[] = [
      ...text,
      { type: 'reasoning-delta', id: '2', delta: 'Hm' },
      { type: 'tool-call', toolCallId: 'c', toolName: 't', input: '{}' },
      finishV3,
    ]
    const response = { requestId: 'r', servedModel: 'm-2026' }
    expect(await read(streaming(parts))).toEqual([
      { type: 'response-started', response },
      { type: 'text-delta', text: 'Hi' },
      { type: 'reasoning-delta', text: 'Hm' },
      { type: 'tool-call', toolCall: { id: 'c', name: 't', arguments: '{}' } },
      { type: 'finish', finishReason: 'stop', usage, response },
    ])
  })

  it.each<[string, LanguageModelV3StreamPart[], FaultEvidence]>([
    ['an end without finish', text, { kind: 'cut' }],
    [
      'a finish without a reason',
      [...text, { ...finishV3, finishReason: { unified: 'error', raw: undefined } }],
      { kind: 'cut' },
    ],
    [
      'an error object',
      [...text, { type: 'error', error: { type: 'overloaded_error' } }],
      { kind: 'error-event', body: '{"type":"overloaded_error"}', headers: {} },
    ],
    [
      'an error text',
      [...text, { type: 'error', error: 'boom' }],
      { kind: 'error-event', body: '{"error":{"message":"boom"}}', headers: {} },
    ],
    [
      'a broken socket',
      [
        ...text,
        {
          type: 'error',
          error: new TypeError('terminated', {
            cause: Object.assign(new Error('x'), { code: 'UND_ERR_SOCKET' }),
          }),
        },
      ],
      { kind: 'cut', code: 'UND_ERR_SOCKET' },
    ],
    [
      'a rate limit after the start',
      [
        ...text.slice(0, 1),
        {
          type: 'error',
          error: apiError({ statusCode: 429, responseHeaders: { 'Retry-After': '2' } }),
        },
      ],
      { kind: 'http', status: 429, headers: { 'retry-after': '2' }, body: 'x' },
    ],
  ])('reports %s', async (_name, parts, expected) => {
    expect(await faultOf(read(streaming(parts)))).toEqual(expected)
  })

  it.each<[string, unknown, object]>([
    [
      'status and body',
      apiError({
        statusCode: 503,
        responseBody: 'busy',
        responseHeaders: { 'Retry-After-Ms': '30' },
      }),
      { kind: 'http', status: 503, body: 'busy', headers: { 'retry-after-ms': '30' } },
    ],
    [
      'a refused connection',
      apiError({
        isRetryable: true,
        cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' }),
      }),
      { kind: 'network', code: 'ECONNREFUSED', sent: false },
    ],
    [
      'a reset',
      apiError({ cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) }),
      { kind: 'network', code: 'ECONNRESET', sent: true },
    ],
    [
      'a page with status 200',
      apiError({ statusCode: 200, responseBody: '<html>' }),
      { kind: 'protocol', problem: 'html' },
    ],
    [
      'an error with status 200',
      apiError({ statusCode: 200, responseBody: '{"error":{"code":502}}' }),
      { kind: 'error-event', body: '{"error":{"code":502}}' },
    ],
    [
      'no choices with status 200',
      apiError({ statusCode: 200, responseBody: '{"choices":[]}' }),
      { kind: 'protocol', problem: 'no-choices' },
    ],
    [
      'broken JSON with status 200',
      apiError({ statusCode: 200, responseBody: '{"cho' }),
      { kind: 'protocol', problem: 'bad-json' },
    ],
    ['an empty body', new EmptyResponseBodyError(), { kind: 'protocol', problem: 'empty-body' }],
    [
      'a text that is not JSON',
      new JSONParseError({ text: 'oops', cause: new Error('x') }),
      { kind: 'protocol', problem: 'bad-json', excerpt: 'oops' },
    ],
    [
      'a feature that is missing',
      new UnsupportedFunctionalityError({ functionality: 'images' }),
      { kind: 'unsupported', feature: 'images' },
    ],
    [
      'a missing key',
      new LoadAPIKeyError({ message: 'ACME_API_KEY is missing' }),
      { kind: 'error-event', body: expect.stringContaining('"code":"invalid_api_key"') },
    ],
    [
      'a programming error',
      new TypeError('x is not a function'),
      { kind: 'error-event', body: expect.stringContaining('x is not a function') },
    ],
  ])('reports %s', async (_name, thrown, expected) => {
    expect(await generateFault(thrown)).toMatchObject(expected)
  })

  it('recognises an error of another copy of the SDK', async () => {
    const foreign = Object.assign(new Error('x'), {
      [Symbol.for('vercel.ai.error.AI_APICallError')]: true,
      statusCode: 401,
      responseBody: 'no',
    })
    expect(await generateFault(foreign)).toMatchObject({ kind: 'http', status: 401, body: 'no' })
  })

  it('hands on the fault of a model of ours', async () => {
    const inner = fromAiSdk(streaming(text))
    expect(await faultOf(read(toAiSdk(inner)))).toEqual({ kind: 'cut' })
  })

  it('ends a call that ignores its abort', async () => {
    const reason = new Error('left')
    const controller = new AbortController()
    const model = provided({ doGenerate: () => new Promise(() => {}) })
    const call = fromAiSdk(model).generate(ask, { signal: controller.signal })
    controller.abort(reason)
    await expect(call).rejects.toBe(reason)
  })

  it('cancels a stream that opens after the abort', async () => {
    const reason = new Error('left')
    const controller = new AbortController()
    const opening = Promise.withResolvers<object>()
    const cancelled = Promise.withResolvers<void>()
    const model = provided({ doStream: () => opening.promise })
    const events = fromAiSdk(model).stream(ask, { signal: controller.signal })
    const first = events[Symbol.asyncIterator]().next()
    controller.abort(reason)
    await expect(first).rejects.toBe(reason)
    opening.resolve({ stream: new ReadableStream({ cancel: () => cancelled.resolve() }) })
    await cancelled.promise
  })

  it.each(['an abort', 'a reader that leaves'])('cancels the stream at %s', async (how) => {
    const reason = new Error('left')
    const controller = new AbortController()
    const cancelled = Promise.withResolvers<void>()
    let pulled = 0
    const parts = new ReadableStream(
      {
        pull(stream) {
          pulled++
          if (pulled < 4) stream.enqueue({ type: 'text-delta', id: '1', delta: 'x' })
        },
        cancel: () => cancelled.resolve(),
      },
      { highWaterMark: 0 },
    )
    const model = provided({ doStream: async () => ({ stream: parts }) })
    const read = async (): Promise<void> => {
      let seen = 0
      for await (const event of fromAiSdk(model).stream(ask, { signal: controller.signal })) {
        if (event.type === 'text-delta') seen++
        if (seen === 2 && how === 'an abort') controller.abort(reason)
        if (seen === 2 && how !== 'an abort') return
      }
    }
    if (how === 'an abort') await expect(read()).rejects.toBe(reason)
    else await read()
    await cancelled.promise
    expect(pulled).toBe(2)
  })
})
