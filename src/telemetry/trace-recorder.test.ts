import { describe, expect, it } from 'vitest'
import type { Span, TraceParent } from '../base/telemetry-port.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { createCapture } from './capture.ts'
import { CleanMemo } from './clean-memo.ts'
import { createRedactor } from './redact/redactor.ts'
import { type EndedTrace, startRecording } from './trace-recorder.ts'

function record(parent?: TraceParent) {
  const clock = createFakeClock()
  const ended: string[] = []
  const traces: EndedTrace[] = []
  const redactor = createRedactor()
  const root: Span = startRecording(
    {
      clock,
      bridge: undefined,
      live: { isWatched: false, tell: () => {}, watch: () => () => {} },
      capture: createCapture({ redactor, memo: new CleanMemo(), onFailure: () => {} }),
      onSpanEnd: (span) => ended.push(span.name),
      onEnd: (trace) => traces.push(trace),
    },
    'llm.call greet',
    {},
    parent,
  )
  return { clock, ended, traces, root }
}

const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }

describe('recording a trace', () => {
  it('ends every span once, those below before those above', () => {
    const { root, ended, traces } = record()
    const step = root.child('step one')
    step.child('chat m', {}, 'client')
    root.child('open')
    step.end()
    step.end(new Error('late'))
    root.end()
    root.end()
    expect(ended).toEqual(['chat m', 'step one', 'open', 'llm.call greet'])
    expect(traces).toHaveLength(1)
    expect(traces[0]?.status).toBe('ok')
  })

  it('takes nothing after the end, and leaves nothing open below it', () => {
    const { root, ended, traces } = record()
    root.end()
    root.set({ late: 'x' })
    root.event('late')
    root.content('late', 'x')
    root.child('late child').set({ a: 1 })
    expect(traces[0]?.attributes).toEqual({})
    expect(traces[0]?.spans[0]?.events).toEqual([])
    expect(traces[0]?.spans[0]?.rawContent).toEqual({})
    expect(ended).toEqual(['llm.call greet', 'late child'])
  })

  it('tells why a span failed, in the attributes too', () => {
    const { root, traces } = record()
    root.child('a').end(Object.assign(new Error('gone'), { code: 'E_GONE' }))
    root.child('b', { 'error.type': 'rate-limited' }).end(new TypeError('x'))
    root.end()
    const [, a, b] = traces[0]?.spans ?? []
    expect(a).toMatchObject({ status: 'error', error: 'Error (E_GONE): gone' })
    expect(a?.attributes['error.type']).toBe('E_GONE')
    expect(b?.attributes['error.type']).toBe('rate-limited')
  })

  it('continues the trace of its caller', () => {
    const { root, traces } = record(parent)
    expect(root.traceId).toBe(parent.traceId)
    expect(root.spanId).not.toBe(parent.spanId)
    root.end()
    expect(traces[0]?.spans[0]?.parentSpanId).toBe(parent.spanId)
  })

  it('makes the wait in a queue a span beside the root', async () => {
    const { root, traces, ended, clock } = record({
      ...parent,
      sentAtMs: Date.UTC(2026, 0, 1) - 900,
    })
    await clock.advance(100)
    root.end()
    expect(ended).toEqual(['queue.wait', 'llm.call greet'])
    expect(traces[0]?.spans[1]).toMatchObject({
      name: 'queue.wait',
      parentSpanId: parent.spanId,
      durationMs: 900,
    })
  })

  it('keeps a bounded number of spans and events, and says how many are gone', () => {
    const { root, traces, ended } = record()
    for (let n = 0; n < 1_100; n++) root.child(`step ${n}`).end()
    for (let n = 0; n < 300; n++) root.event('tick')
    root.end()
    expect(traces[0]?.spans).toHaveLength(1_000)
    expect(traces[0]?.attributes['holdfast.spans.dropped']).toBe(101)
    expect(traces[0]?.spans[0]?.events).toHaveLength(128)
    expect(ended).toHaveLength(1_101)
  })

  it('cleans names of spans and events', () => {
    const { root, traces } = record()
    root.child('step for a.b@example.com').event('mail to c.d@example.com')
    root.end()
    expect(traces[0]?.spans[1]?.name).toBe('step for [EMAIL_1]')
    expect(traces[0]?.spans[1]?.events[0]?.name).toBe('mail to [EMAIL_2]')
  })
})
