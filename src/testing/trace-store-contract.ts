import { describe, expect, test } from 'vitest'
import type { TraceRecord } from '../model/trace.ts'
import type { TraceStore } from '../store/trace-store.ts'
import { type OpenStore, withStore } from './opened-store.ts'

/** What every trace store keeps to. */
export function describeTraceStore(name: string, open: OpenStore<TraceStore>): void {
  const run = (work: (store: TraceStore) => Promise<void>) => withStore(open, work)

  describe(`${name}: traces`, () => {
    test('a trace comes back whole', () =>
      run(async (store) => {
        const trace = traceOf('t', { attributes: { 'gen_ai.conversation.id': 'c', tags: ['a'] } })
        await store.save(trace)
        expect(await store.get('t')).toEqual(trace)
        expect(await store.get('unknown')).toBeUndefined()
      }))

    test('saving an id again replaces the trace', () =>
      run(async (store) => {
        await store.save(traceOf('t', { status: 'ok', name: 'before' }))
        await store.save(traceOf('t', { status: 'error', name: 'after' }))
        expect(await store.get('t')).toMatchObject({ status: 'error', name: 'after' })
        expect(await idsOf(store, { name: 'before' })).toEqual([])
        expect(await idsOf(store, {})).toEqual(['t'])
      }))

    test('what is not a trace is refused', () =>
      run(async (store) => {
        const broken = store.save({ ...traceOf('t'), spans: 'none' as never })
        await expect(broken).rejects.toMatchObject({ code: 'INVALID_INPUT' })
        expect(await store.get('t')).toBeUndefined()
      }))

    test('lists newest first up to a limit', () =>
      run(async (store) => {
        await saveAt(store, { a: 10, b: 30, c: 20, d: 20 })
        expect(await idsOf(store, {})).toEqual(['b', 'd', 'c', 'a'])
        expect(await idsOf(store, { limit: 1 })).toEqual(['b'])
      }))

    test('lists what passes every filter', () =>
      run(async (store) => {
        await store.save(traceOf('a', { name: 'one', status: 'ok' }))
        await store.save(traceOf('b', { name: 'one', status: 'error' }))
        await store.save(traceOf('c', { name: 'two', status: 'error' }))
        expect(await idsOf(store, { name: 'one' })).toEqual(['b', 'a'])
        expect(await idsOf(store, { status: 'error' })).toEqual(['c', 'b'])
        expect(await idsOf(store, { name: 'one', status: 'error' })).toEqual(['b'])
      }))

    test('fifty are listed by default', () =>
      run(async (store) => {
        for (let index = 0; index < 51; index++) await store.save(traceOf(`t${index}`))
        expect(await store.list({})).toHaveLength(50)
      }))

    test('prunes by age', () =>
      run(async (store) => {
        await saveAt(store, { a: 10, b: 20, c: 30 })
        expect(await store.prune({ olderThanMs: 20, maxTraces: 10, maxBytes })).toBe(1)
        expect(await idsOf(store, {})).toEqual(['c', 'b'])
      }))

    test('prunes the oldest beyond a count', () =>
      run(async (store) => {
        await saveAt(store, { a: 10, b: 40, c: 20, d: 30, e: 5 })
        expect(await store.prune({ olderThanMs: 6, maxTraces: 2, maxBytes })).toBe(3)
        expect(await idsOf(store, {})).toEqual(['b', 'd'])
        expect(await store.prune({ olderThanMs: 0, maxTraces: 2, maxBytes })).toBe(0)
        expect(await store.prune({ olderThanMs: 0, maxTraces: 0, maxBytes })).toBe(2)
      }))

    test('prunes the oldest beyond a size', () =>
      run(async (store) => {
        const note = 'é'.repeat(5_000)
        for (const [index, traceId] of ['a', 'b', 'c'].entries()) {
          await store.save(traceOf(traceId, { startedAtMs: index, attributes: { note } }))
        }
        const limits = { olderThanMs: 0, maxTraces: 10 }
        expect(await store.prune({ ...limits, maxBytes: 40_000 })).toBe(0)
        expect(await store.prune({ ...limits, maxBytes: 25_000 })).toBe(1)
        expect(await idsOf(store, {})).toEqual(['c', 'b'])
        expect(await store.prune({ ...limits, maxBytes: 9_000 })).toBe(2)
      }))
  })
}

/** More than any test stores. */
const maxBytes = 1_000_000

/** A trace with one span under its root. */
export function traceOf(traceId: string, parts: Partial<TraceRecord> = {}): TraceRecord {
  const span = { startedAtMs: 1, durationMs: 2.5, attributes: { attempt: 1 } }
  return {
    traceId,
    name: 'onboarding',
    startedAtMs: 1,
    durationMs: 3,
    status: 'ok',
    attributes: {},
    spans: [
      {
        ...span,
        spanId: 'root',
        parentSpanId: undefined,
        name: 'onboarding',
        kind: 'internal',
        status: 'ok',
        events: [],
        content: {},
      },
      {
        ...span,
        spanId: 'call',
        parentSpanId: 'root',
        name: 'chat',
        kind: 'client',
        status: 'error',
        error: 'rate-limited',
        events: [{ name: 'retry', atMs: 2, attributes: { afterMs: 10, ok: false } }],
        content: { prompt: [{ role: 'user', content: 'hello' }], answer: null },
      },
    ],
    ...parts,
  }
}

async function saveAt(store: TraceStore, times: Readonly<Record<string, number>>): Promise<void> {
  for (const [traceId, startedAtMs] of Object.entries(times)) {
    await store.save(traceOf(traceId, { startedAtMs }))
  }
}

async function idsOf(
  store: TraceStore,
  filter: Parameters<TraceStore['list']>[0],
): Promise<string[]> {
  const traces = await store.list(filter)
  return traces.map((trace) => trace.traceId)
}
