import { describe, expect, it } from 'vitest'
import { genAi, own } from '../../src/model/conventions.ts'
import { complaintsAboutLog, complaintsAboutMetric, complaintsAboutSpan } from './complaints.ts'
import { decodeExport } from './decode.ts'

/** A receiver that finds nothing wrong proves something only where it finds what is. */

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
const whole = (key: string, intValue: string) => ({ key, value: { intValue } })

const attempt = {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  name: 'chat gpt-5-mini',
  kind: 3,
  startTimeUnixNano: '1767225600000000000',
  endTimeUnixNano: '1767225601000000000',
  attributes: [
    text(genAi.operationName, 'chat'),
    text(genAi.providerName, 'openai'),
    text(genAi.requestModel, 'gpt-5-mini'),
    text(own.attemptReason, 'first'),
    whole(own.attempt, '1'),
  ],
  status: { code: 0 },
}

const withAttribute = (attribute: object) => ({
  ...attempt,
  attributes: [...attempt.attributes, attribute],
})

describe('the receiver', () => {
  it('accepts an attempt that is as it should be', () => {
    expect(complaintsAboutSpan(attempt)).toEqual([])
  })

  it.each<[string, object, RegExp]>([
    ['an id that is too short', { ...attempt, traceId: 'a'.repeat(31) }, /its trace id/],
    ['an id of zeros', { ...attempt, spanId: '0'.repeat(16) }, /its span id/],
    ['a span that is its own parent', { ...attempt, parentSpanId: 'b'.repeat(16) }, /itself/],
    ['an end before the start', { ...attempt, endTimeUnixNano: '1' }, /its end/],
    ['a start at zero', { ...attempt, startTimeUnixNano: '0' }, /its start/],
    ['a kind of no use here', { ...attempt, kind: 5 }, /its kind/],
    ['a name of another model', { ...attempt, name: 'chat gpt-4' }, /its name/],
    ['an error without a word', { ...attempt, status: { code: 2 } }, /without a word/],
    ['a required attribute that is away', { ...attempt, attributes: [] }, /no gen_ai\.provider/],
    ['a name that nobody knows', withAttribute(text('gen_ai.model', 'x')), /gen_ai\.model/],
    ['a wrong type', withAttribute(text(genAi.usageInputTokens, '7')), /input_tokens = "7"/],
    ['half a usage', withAttribute(whole(genAi.usageInputTokens, '7')), /input tokens alone/],
    ['an attribute twice', withAttribute(text(genAi.operationName, 'chat')), /twice/],
    ['usage elsewhere', { ...attempt, kind: 1, name: 'llm.call x' }, /gen_ai\.operation\.name/],
  ])('finds %s', (_what, span, complaint) => {
    expect(complaintsAboutSpan({ ...span }).join('\n')).toMatch(complaint)
  })

  it('finds a log record without its span and with messages of another form', () => {
    const messages = { arrayValue: { values: [{ stringValue: 'Hello' }] } }
    const found = complaintsAboutLog({
      traceId: 'a'.repeat(32),
      attributes: [{ key: genAi.inputMessages, value: messages }],
    })
    const named = [/its span id/, /its time/, /its event name/, /as published/]
    for (const complaint of named) expect(found.join('\n')).toMatch(complaint)
  })

  it('finds a metric with another unit, other boundaries and a label of its own', () => {
    const point = {
      startTimeUnixNano: '1',
      timeUnixNano: '2',
      count: '1',
      sum: 3,
      explicitBounds: [1, 2],
      bucketCounts: ['0', '1', '1'],
      attributes: [text('user', 'u1')],
    }
    const histogram = { aggregationTemporality: 2, dataPoints: [point] }
    const found = complaintsAboutMetric({ name: 'gen_ai.client.token.usage', unit: 's', histogram })
    const named = [/its unit/, /\(user\)/, /other boundaries/, /do not fit/, /do not add up/]
    for (const complaint of named) expect(found.join('\n')).toMatch(complaint)
  })

  it('finds fields that the protocol does not have, in JSON and in protobuf', () => {
    const json = decodeExport('traces', 'application/json', Buffer.from('{"resourceSpan": []}'))
    expect(json.complaints).toEqual(['traces: ExportTraceServiceRequest.resourceSpan is not known'])
    // Field 15, a number: 15 << 3 | 0, then the value.
    const protobuf = decodeExport('traces', 'application/x-protobuf', Buffer.from([0x78, 0x01]))
    expect(protobuf.complaints).toEqual([
      'traces: ExportTraceServiceRequest has fields that are not known',
    ])
  })
})
