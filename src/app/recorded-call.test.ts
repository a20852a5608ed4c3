import { describe, expect, it } from 'vitest'
import type { SpanRecord, TraceRecord } from '../model/trace.ts'
import { readRecordedCall } from './recorded-call.ts'

function span(facts: Partial<SpanRecord> & Pick<SpanRecord, 'spanId' | 'name'>): SpanRecord {
  const times = { startedAtMs: 1_000, durationMs: 50 }
  const rest = { parentSpanId: undefined, kind: 'internal', status: 'ok', events: [] } as const
  return { ...rest, ...times, attributes: {}, content: {}, ...facts }
}

function trace(...spans: SpanRecord[]): TraceRecord {
  const [root] = spans
  const facts = { traceId: 'ab12', name: root?.name ?? '', startedAtMs: 1_000, durationMs: 50 }
  return { ...facts, status: 'ok', attributes: {}, spans }
}

const attributes = {
  'holdfast.pipeline': 'sort',
  'holdfast.source': 'primary',
  'holdfast.attempts': 2,
}

function call(content: Record<string, unknown>, facts: Partial<SpanRecord> = {}): SpanRecord {
  return span({ spanId: 'c1', name: 'llm.call sort', attributes, content, ...facts })
}

function attempt(spanId: string, model: string, facts: Partial<SpanRecord> = {}): SpanRecord {
  const asked = { 'gen_ai.provider.name': 'lab', 'gen_ai.request.model': model }
  const served = { ...asked, 'gen_ai.response.model': `${model}-served` }
  const at = { spanId, name: `chat ${model}`, parentSpanId: 'c1', kind: 'client' } as const
  return span({ ...at, attributes: served, ...facts })
}

describe('readRecordedCall', () => {
  it('reads the input, the value and the model that gave it', () => {
    const read = readRecordedCall(
      trace(
        call({ 'pipeline.input': { mail: '[EMAIL_1]' }, output: { intent: 'support' } }),
        attempt('a1', 'small', { status: 'error', error: '503' }),
        attempt('a2', 'large'),
        attempt('a3', 'other', { parentSpanId: 'elsewhere' }),
      ),
    )
    expect(read).toMatchObject({
      pipeline: 'sort',
      input: { mail: '[EMAIL_1]' },
      value: { intent: 'support' },
      model: 'lab/large',
      servedModel: 'large-served',
      attempts: 2,
      placeholders: ['[EMAIL_1]'],
      turns: [],
    })
  })

  it('takes the turns before the last message of a conversation', () => {
    const messages = [
      { role: 'system', content: 'Sort it.' },
      { role: 'user', content: 'hello' },
      { role: 'assistant', content: 'Good day.' },
      { role: 'user', content: 'swap it' },
    ]
    const content = { 'pipeline.input': {}, input: messages }
    const conversation = { ...attributes, 'gen_ai.conversation.id': 'u1' }
    expect(readRecordedCall(trace(call(content))).turns).toEqual([])
    expect(readRecordedCall(trace(call(content, { attributes: conversation }))).turns).toEqual(
      messages.slice(1, 3),
    )
  })

  it('takes the call that ended last', () => {
    const first = call({ 'pipeline.input': 1 }, { spanId: 'c0', durationMs: 10 })
    const read = readRecordedCall(trace(call({ 'pipeline.input': 2 }), first))
    expect([read.input, read.calls]).toEqual([2, 2])
  })

  it('names no model behind a canned answer', () => {
    const canned = { ...attributes, 'holdfast.source': 'canned' }
    const read = readRecordedCall(
      trace(call({ 'pipeline.input': {} }, { attributes: canned }), attempt('a1', 'small')),
    )
    expect(read.model).toBeUndefined()
  })

  it.each([
    [trace(span({ spanId: 's', name: 'answer.enqueue sort' })), /records answer\.enqueue sort/],
    [trace(call({ output: 'x' })), /has no pipeline\.input: it was recorded by an older version/],
    [trace(call({ 'pipeline.input': { a: ['xy… [cut from 2000000 characters]'] } })), /not whole/],
    [trace(call({ 'pipeline.input': '[REDACTION_FAILED len=12]' })), /REDACTION_FAILED len=12/],
  ])('refuses what cannot be run again', (record, message) => {
    expect(() => readRecordedCall(record)).toThrow(message)
  })
})
