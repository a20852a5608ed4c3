import { describe, expect, it } from 'vitest'
import type { TraceRecord } from '../../model/trace.ts'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { traceOf } from '../../testing/trace-store-contract.ts'
import { mergeTraces } from './merge-traces.ts'
import { createTraceKeeper, type TraceSink } from './trace-keeper.ts'

function createSink() {
  const kept = new Map<string, TraceRecord>()
  const prunes: { olderThanMs: number; maxTraces: number }[] = []
  const sink: TraceSink = {
    save: async (trace) => void kept.set(trace.traceId, trace),
    get: async (traceId) => kept.get(traceId),
    async prune(limits) {
      prunes.push(limits)
      return 0
    },
  }
  return { sink, kept, prunes }
}

const days = 24 * 3_600_000

/** A trace of one span. */
function partOf(traceId: string, spanId: string, parts: Partial<TraceRecord> = {}): TraceRecord {
  const { name = 'llm.call greet', startedAtMs = 0, durationMs = 10, status = 'ok' } = parts
  const span = { spanId, parentSpanId: undefined, name, kind: 'internal', events: [], content: {} }
  const times = { startedAtMs, durationMs, status, attributes: parts.attributes ?? {} }
  return { traceId, name, ...times, spans: [{ ...span, ...times, kind: 'internal' }] }
}

describe('trace keeper', () => {
  it('puts the parts of a trace together', async () => {
    const { sink, kept } = createSink()
    const keeper = createTraceKeeper(sink, createFakeClock())
    await keeper.keep(partOf('t', 'a', { name: 'answer.enqueue greet', durationMs: 5 }), true)
    await keeper.keep(partOf('t', 'b', { startedAtMs: 200, durationMs: 50 }), true)
    expect(kept.get('t')).toMatchObject({ name: 'llm.call greet', startedAtMs: 0, durationMs: 250 })
    expect(kept.get('t')?.spans.map(({ spanId }) => spanId)).toEqual(['a', 'b'])
  })

  it('replaces a trace that stands alone', async () => {
    const { sink, kept } = createSink()
    const keeper = createTraceKeeper(sink, createFakeClock())
    await keeper.keep(partOf('t', 'a'), false)
    await keeper.keep(partOf('t', 'b'), false)
    expect(kept.get('t')?.spans.map(({ spanId }) => spanId)).toEqual(['b'])
  })

  it('deletes by age and number at the start, and then now and again', async () => {
    const { sink, prunes } = createSink()
    const clock = createFakeClock(100 * days)
    const keeper = createTraceKeeper(sink, clock, {
      maxAgeMs: 7 * days,
      maxTraces: 50,
      maxBytes: 9e6,
    })
    await keeper.pruneIfDue()
    expect(prunes).toEqual([{ olderThanMs: 93 * days, maxTraces: 50, maxBytes: 9e6 }])
    await keeper.keep(traceOf('a'), false)
    expect(prunes).toHaveLength(1)
    await clock.advance(600_000)
    await keeper.keep(traceOf('b'), false)
    expect(prunes).toHaveLength(2)
    for (let n = 0; n < 500; n++) await keeper.keep(traceOf(`c${n}`), false)
    expect(prunes).toHaveLength(3)
  })

  it('works with a sink that can only save', async () => {
    const saved: string[] = []
    const sink = { save: async (trace: TraceRecord) => void saved.push(trace.traceId) }
    const keeper = createTraceKeeper(sink, createFakeClock())
    await keeper.keep(traceOf('a'), true)
    expect(saved).toEqual(['a'])
  })

  it('refuses a retention that cannot be', () => {
    const { sink } = createSink()
    expect(() => createTraceKeeper(sink, createFakeClock(), { maxAgeMs: -1 })).toThrow(
      'telemetry.retention.maxAgeMs is -1; expected a number from 0.',
    )
  })
})

describe('mergeTraces', () => {
  it('is named by the call, whichever part is kept first', () => {
    const enqueue = partOf('t', 'a', {
      name: 'answer.enqueue greet',
      attributes: { 'holdfast.pipeline': 'greet', from: 'http' },
    })
    const call = partOf('t', 'b', {
      startedAtMs: 20,
      attributes: { 'holdfast.source': 'canned' },
      status: 'error',
    })
    for (const merged of [mergeTraces(enqueue, call), mergeTraces(call, enqueue)]) {
      expect(merged).toMatchObject({
        name: 'llm.call greet',
        status: 'error',
        startedAtMs: 0,
        durationMs: 30,
        attributes: { 'holdfast.pipeline': 'greet', 'holdfast.source': 'canned' },
      })
      expect(merged.spans.map(({ spanId }) => spanId)).toEqual(['a', 'b'])
    }
  })

  it('takes a span that is kept twice once', () => {
    const merged = mergeTraces(partOf('t', 'a'), partOf('t', 'a', { durationMs: 99 }))
    expect(merged.spans).toHaveLength(1)
    expect(merged.spans[0]?.durationMs).toBe(99)
  })
})
