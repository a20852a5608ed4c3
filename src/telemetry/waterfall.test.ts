import { describe, expect, it } from 'vitest'
import type { SpanRecord, TraceRecord } from '../model/trace.ts'
import { drawWaterfall } from './waterfall.ts'

function span(part: Partial<SpanRecord>): SpanRecord {
  return {
    spanId: '1',
    parentSpanId: undefined,
    name: 'llm.call greet',
    kind: 'internal',
    startedAtMs: 1_000,
    durationMs: 100,
    status: 'ok',
    attributes: {},
    events: [],
    content: {},
    ...part,
  }
}

function trace(spans: SpanRecord[]): TraceRecord {
  return {
    traceId: 't',
    name: 'x',
    startedAtMs: 1_000,
    durationMs: 100,
    status: 'ok',
    attributes: {},
    spans,
  }
}

describe('drawWaterfall', () => {
  it('draws children under their parents on one time axis', () => {
    const chat = span({
      spanId: '2',
      parentSpanId: '1',
      name: 'chat m',
      startedAtMs: 1_050,
      durationMs: 50,
      attributes: {
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': 10,
        'gen_ai.usage.output_tokens': 4,
      },
    })
    expect(drawWaterfall(trace([span({}), chat]))).toBe(
      [
        'llm.call greet  ├──────────────────────────────┤    100 ms',
        '  chat m                        ├──────────────┤     50 ms  stop · 10→4 tokens',
      ].join('\n'),
    )
  })

  it('marks the first content of a streamed answer', () => {
    const streamed = span({ attributes: { 'gen_ai.response.time_to_first_chunk': 0.05 } })
    expect(drawWaterfall(trace([streamed]))).toContain('├───────────────┼──────────────┤')
  })

  it('says what failed, and keeps spans whose parent is not there', () => {
    const lost = span({
      spanId: '3',
      parentSpanId: '9',
      name: 'chat m',
      status: 'error',
      error: 'boom',
    })
    expect(drawWaterfall(trace([lost]))).toContain('failed: boom')
  })

  it('draws a call that took no time', () => {
    const instant = { ...trace([span({ durationMs: 0 })]), durationMs: 0 }
    expect(drawWaterfall(instant)).toContain('0 ms')
  })
})
