import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ModelEvent } from '../../model/model.ts'
import { AnswerParser } from '../http/answer-parser.ts'
import { ChatCompletionDecoder } from './answer-decoder.ts'

/** What a reader sees of a body that arrives in these pieces: joined texts, events, and the fault's kind. */
function read(pieces: readonly Buffer[]): unknown {
  const parser = new AnswerParser({
    headers: { 'content-type': 'text/event-stream' },
    limitBytes: 2_000,
    createDecoder: (sink) => new ChatCompletionDecoder(sink, undefined),
  })
  const events: ModelEvent[] = []
  for (const piece of pieces) {
    events.push(...parser.push(piece))
    if (parser.fault || parser.done) break
  }
  if (!parser.fault && !parser.done) events.push(...parser.end())
  return { events, fault: parser.fault?.evidence, done: parser.done }
}

function cut(bytes: Buffer, points: readonly number[]): Buffer[] {
  const at = points.map((point) => point % (bytes.length + 1)).sort((a, b) => a - b)
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length))
}

const chunk = (delta: object, finish: string | null = null): string =>
  JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })

const lineEnd = fc.constantFrom('\n', '\r\n', '\r')

/** One event of a stream, well formed or not, with its line ends. */
const event = fc
  .tuple(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc
          .string({ unit: 'grapheme', maxLength: 12 })
          .map((content) => chunk({ content })),
      },
      { weight: 1, arbitrary: fc.constant(chunk({ reasoning: 'hm €' })) },
      {
        weight: 1,
        arbitrary: fc.constant(
          chunk({
            tool_calls: [{ index: 0, id: 't', function: { name: 'f', arguments: '{"é":' } }],
          }),
        ),
      },
      {
        weight: 1,
        arbitrary: fc.constant('{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}'),
      },
      { weight: 1, arbitrary: fc.constant(chunk({}, 'stop')) },
      { weight: 1, arbitrary: fc.constant('[DONE]') },
      { weight: 1, arbitrary: fc.constant('{"error":{"message":"x"}}') },
      { weight: 1, arbitrary: fc.constant('{broken') },
    ),
    lineEnd,
    fc.constantFrom('', ': ping', 'event: message', 'id: 3'),
  )
  .map(([data, end, before]) => `${before === '' ? '' : before + end}data: ${data}${end}${end}`)

const body = fc
  .tuple(fc.array(event, { maxLength: 12 }), fc.option(fc.nat(), { nil: undefined }), fc.boolean())
  .map(([events, invalidAt, truncated]) => {
    let bytes = Buffer.from(events.join(''))
    if (truncated) bytes = bytes.subarray(0, Math.max(0, bytes.length - 3))
    if (invalidAt !== undefined && bytes.length > 0) {
      bytes = Buffer.from(bytes)
      bytes[invalidAt % bytes.length] = 0xff
    }
    return bytes
  })

describe('a stream of chat completions', () => {
  it('gives the same events and fault however it is cut', () => {
    fc.assert(
      fc.property(body, fc.array(fc.nat(), { maxLength: 12 }), (bytes, points) => {
        expect(read(cut(bytes, points))).toEqual(read([bytes]))
      }),
      { numRuns: 400 },
    )
  })

  it('gives the same events byte by byte', () => {
    fc.assert(
      fc.property(body, (bytes) => {
        const single = [...bytes].map((byte) => Buffer.from([byte]))
        expect(read(single)).toEqual(read([bytes]))
      }),
      { numRuns: 100 },
    )
  })

  it('never ends without a finish event or a fault', () => {
    fc.assert(
      fc.property(body, (bytes) => {
        const { events, fault } = read([bytes]) as { events: ModelEvent[]; fault: unknown }
        const finishes = events.filter(({ type }) => type === 'finish')
        expect(finishes).toHaveLength(fault === undefined ? 1 : 0)
        if (fault === undefined) expect(events.at(-1)?.type).toBe('finish')
      }),
    )
  })

  it.each([
    ['eos', 'stop'],
    ['model_length', 'length'],
    ['SAFETY', 'content-filter'],
    ['function_call', 'tool-calls'],
    ['insufficient_system_resource', 'error'],
    ['constructor', 'other'],
  ])('maps the reason %s', (reason, expected) => {
    const bytes = Buffer.from(`data: ${chunk({ content: 'a' }, reason)}\n\ndata: [DONE]\n\n`)
    expect(read([bytes])).toMatchObject({ done: true })
    const { events } = read([bytes]) as { events: ModelEvent[] }
    expect(events.at(-1)).toMatchObject({ finishReason: expected })
  })

  it('tells calls apart that all have the index 0', () => {
    const call = (id: string): string =>
      chunk({ tool_calls: [{ index: 0, id, function: { name: id, arguments: '{}' } }] })
    const bytes = Buffer.from(
      `data: ${call('a')}\n\ndata: ${call('b')}\n\ndata: ${chunk({}, 'stop')}\n\n`,
    )
    const { events } = read([bytes]) as { events: ModelEvent[] }
    expect(
      events.map((each) => (each.type === 'tool-call' ? each.toolCall.id : each.type)),
    ).toEqual(['response-started', 'a', 'b', 'finish'])
    expect(events.at(-1)).toMatchObject({ finishReason: 'tool-calls' })
  })

  it('ignores every choice but the first', () => {
    const second = '{"choices":[{"index":1,"delta":{"content":"no"},"finish_reason":"stop"}]}'
    const bytes = Buffer.from(`data: ${second}\n\ndata: ${chunk({ content: 'a' }, 'stop')}\n\n`)
    const { events } = read([bytes]) as { events: ModelEvent[] }
    expect(events.filter(({ type }) => type === 'text-delta')).toEqual([
      { type: 'text-delta', text: 'a' },
    ])
  })

  it('reads content that comes in parts', () => {
    const content = [
      { type: 'thinking', thinking: 'hm' },
      { type: 'text', text: 'Yes' },
    ]
    const bytes = Buffer.from(`data: ${chunk({ content })}\n\ndata: ${chunk({}, 'stop')}\n\n`)
    const { events } = read([bytes]) as { events: ModelEvent[] }
    expect(events[1]).toEqual({ type: 'text-delta', text: 'Yes' })
  })
})
