import { Agent, Pool } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type FaultEvidence, isModelFault } from '../../model/fault.ts'
import type { ModelEvent, ModelRequest } from '../../model/model.ts'
import {
  completionOf,
  deltaEvent,
  doneEvent,
  finishEvent,
  jsonAnswer,
  openStream,
  sseHeaders,
  streamAnswer,
  wireUsage,
} from '../../testing/chat-wire.ts'
import { createFakeClock } from '../../testing/fake-clock.ts'
import {
  httpChunk,
  type RawExchange,
  type RawServer,
  startRawServer,
} from '../../testing/raw-server.ts'
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

async function stream(
  options?: Partial<OpenAICompatibleOptions>,
): Promise<{ events: ModelEvent[]; fault: FaultEvidence | undefined }> {
  const events: ModelEvent[] = []
  try {
    for await (const event of createModel(options).stream(request, { signal: signal() })) {
      events.push(event)
    }
  } catch (error) {
    if (!isModelFault(error)) throw error
    return { events, fault: error.evidence }
  }
  return { events, fault: undefined }
}

const textOf = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')

/** Settles when the server sees that the client has closed the connection, or reset it. */
const closeOf = ({ socket }: RawExchange): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()))

describe('openaiCompatible, streams', () => {
  it('gives the events in order with one finish at the end', async () => {
    answer = streamAnswer(
      deltaEvent('Hel'),
      deltaEvent('lo'),
      finishEvent(),
      `data: ${JSON.stringify({ choices: [], usage: wireUsage })}\n\n`,
      doneEvent,
    )
    const { events } = await stream()
    const response = { requestId: 'c-1', servedModel: 'm-1-2026' }
    expect(events).toEqual([
      { type: 'response-started', response },
      { type: 'text-delta', text: 'Hel' },
      { type: 'text-delta', text: 'lo' },
      {
        type: 'finish',
        finishReason: 'stop',
        usage: { inputTokens: 12, outputTokens: 3 },
        response,
      },
    ])
  })

  it('asks for usage and a stream', async () => {
    answer = streamAnswer(deltaEvent('x'), finishEvent(), doneEvent)
    const arrived = server.next()
    await stream()
    expect(JSON.parse((await arrived).body)).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    })
  })

  it.each(['reasoning_content', 'reasoning'])('gives %s apart from the text', async (field) => {
    const chunk = { choices: [{ index: 0, delta: { [field]: 'Hm' } }] }
    answer = streamAnswer(`data: ${JSON.stringify(chunk)}\n\n`, deltaEvent('Yes'), finishEvent())
    const { events } = await stream()
    expect(events.filter(({ type }) => type.endsWith('delta'))).toEqual([
      { type: 'reasoning-delta', text: 'Hm' },
      { type: 'text-delta', text: 'Yes' },
    ])
  })

  it('puts interleaved tool calls together by index', async () => {
    const call = (index: number, fields: object): string =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [{ index, ...fields }] } }] })}\n\n`
    answer = streamAnswer(
      call(0, { id: 'a', function: { name: 'rate', arguments: '' } }),
      call(1, { id: 'b', function: { name: 'fee', arguments: '{"x"' } }),
      call(0, { function: { arguments: '{"y":' } }),
      call(1, { function: { arguments: ':2}' } }),
      call(0, { function: { arguments: '1}' } }),
      finishEvent('tool_calls'),
      doneEvent,
    )
    const { events } = await stream()
    expect(events.filter(({ type }) => type === 'tool-call')).toEqual([
      { type: 'tool-call', toolCall: { id: 'a', name: 'rate', arguments: '{"y":1}' } },
      { type: 'tool-call', toolCall: { id: 'b', name: 'fee', arguments: '{"x":2}' } },
    ])
    expect(events.at(-1)).toMatchObject({ type: 'finish', finishReason: 'tool-calls' })
  })

  it('gives no tool call of a stream that breaks', async () => {
    const part = { index: 0, id: 'a', function: { name: 'rate', arguments: '{}' } }
    answer = streamAnswer(
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [part] } }] })}\n\n`,
    )
    const { events, fault } = await stream()
    expect(events).toEqual([])
    expect(fault).toEqual({ kind: 'cut' })
  })

  it('reads JSON where a stream was asked for', async () => {
    answer = ({ socket }) => socket.write(jsonAnswer(completionOf({ content: 'Hi' })))
    const { events } = await stream()
    expect(events.map(({ type }) => type)).toEqual(['response-started', 'text-delta', 'finish'])
  })

  it.each([
    ['no end mark', [deltaEvent('Hi'), finishEvent()]],
    ['no blank line at the end', [deltaEvent('Hi'), finishEvent().trimEnd()]],
  ])('takes %s after a finish reason', async (_name, pieces) => {
    answer = streamAnswer(...pieces)
    const { events, fault } = await stream()
    expect(fault).toBeUndefined()
    expect(events.at(-1)).toMatchObject({ type: 'finish', finishReason: 'stop' })
  })

  it('takes a reset after a finish reason', async () => {
    answer = (exchange) => {
      openStream(deltaEvent('Hi') + finishEvent())(exchange)
      exchange.socket.end()
    }
    const { events, fault } = await stream()
    expect(fault).toBeUndefined()
    expect(textOf(events)).toBe('Hi')
  })

  it('ends a finished stream that its server leaves open', async () => {
    const clock = createFakeClock()
    answer = openStream(deltaEvent('Hi') + finishEvent())
    const arrived = server.next()
    const ended = stream({ clock, dispatcher })
    const gone = closeOf(await arrived)
    while (clock.pendingTimers === 0) await new Promise(setImmediate)
    await clock.advance(250)
    expect((await ended).events.at(-1)).toMatchObject({ type: 'finish', finishReason: 'stop' })
    await clock.advance(200)
    await gone
    expect(clock.pendingTimers).toBe(0)
  })

  it('keeps the connection, also when the end of the body comes after the end mark', async () => {
    const pool = new Pool(server.url)
    answer = openStream(deltaEvent('Hi'), finishEvent(), doneEvent)
    const arrived = server.next()
    await stream({ dispatcher: pool })
    const { socket } = await arrived
    socket.write(httpChunk(''))
    while (pool.stats.free === 0) await new Promise(setImmediate)
    await stream({ dispatcher: pool })
    expect(server.exchanges.at(-1)?.socket).toBe(socket)
    await pool.destroy()
  })

  it.each<[string, string[], FaultEvidence]>([
    ['a clean end', [deltaEvent('Hi')], { kind: 'cut' }],
    ['an end mark without a reason', [deltaEvent('Hi'), doneEvent], { kind: 'cut' }],
    ['an end inside a line', [deltaEvent('Hi'), 'data: {"choi'], { kind: 'cut' }],
    [
      'an end mark without choices',
      ['data: {"choices":[]}\n\n', doneEvent],
      { kind: 'protocol', problem: 'no-choices', excerpt: 'data: [DONE]' },
    ],
    [
      'comments alone',
      [': ping\n\n', ': ping\n\n'],
      { kind: 'protocol', problem: 'empty-body', excerpt: ': ping\n\n: ping\n\n' },
    ],
    [
      'a line that is not JSON',
      [deltaEvent('Hi'), 'data: {oops\n\n'],
      { kind: 'protocol', problem: 'bad-json', excerpt: '{oops' },
    ],
    [
      'an error as data',
      [deltaEvent('Hi'), 'data: {"error":{"code":"x"}}\n\n'],
      { kind: 'error-event', body: '{"error":{"code":"x"}}', headers: { ...sseHeaders } },
    ],
    [
      'an error in an array',
      [deltaEvent('Hi'), 'data: [{"error":{"code":429}}]\n\n'],
      { kind: 'error-event', body: '{"error":{"code":429}}', headers: { ...sseHeaders } },
    ],
    [
      'an error as event',
      [deltaEvent('Hi'), 'event: error\ndata: overloaded\n\n'],
      { kind: 'error-event', body: 'overloaded', headers: { ...sseHeaders } },
    ],
    [
      'a page',
      ['<!doctype html><p>Log in</p>'],
      { kind: 'protocol', problem: 'html', excerpt: '<!doctype html><p>Log in</p>' },
    ],
  ])('reports %s', async (_name, pieces, expected) => {
    answer = streamAnswer(...pieces)
    const { events, fault } = await stream()
    expect(fault).toEqual(expected)
    expect(textOf(events)).toBe(pieces[0] === deltaEvent('Hi') ? 'Hi' : '')
  })

  it('reports a socket that breaks, with its code', async () => {
    answer = (exchange) => {
      openStream(deltaEvent('Hi'))(exchange)
      exchange.socket.end()
    }
    const { events, fault } = await stream()
    expect(textOf(events)).toBe('Hi')
    expect(fault).toEqual({ kind: 'cut', code: 'UND_ERR_SOCKET' })
  })

  it('keeps the text before bytes that are not UTF-8', async () => {
    answer = streamAnswer(Buffer.concat([Buffer.from(deltaEvent('Hi')), Buffer.from([0x64, 0xff])]))
    const { events, fault } = await stream()
    expect(textOf(events)).toBe('Hi')
    expect(fault).toMatchObject({ kind: 'protocol', problem: 'bad-utf8' })
  })

  it('joins the halves of a character that JSON cut', async () => {
    const half = (escaped: string): string => deltaEvent('@').replace('@', escaped)
    answer = streamAnswer(half('a\\ud83d'), half('\\ude00b'), finishEvent())
    const { events } = await stream()
    const texts = events.filter(({ type }) => type === 'text-delta')
    expect(texts).toEqual([
      { type: 'text-delta', text: 'a' },
      { type: 'text-delta', text: '😀b' },
    ])
  })

  it('counts text against the limit, not the protocol around it', async () => {
    const pieces = Array.from({ length: 50 }, () => deltaEvent('0123456789'))
    answer = streamAnswer(...pieces, finishEvent())
    expect((await stream({ maxAnswerBytes: 500 })).fault).toBeUndefined()
    const { events, fault } = await stream({ maxAnswerBytes: 499 })
    expect(fault).toEqual({ kind: 'too-large', limitBytes: 499 })
    expect(textOf(events)).toHaveLength(490)
  })
})
