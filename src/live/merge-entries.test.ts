import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { silentTelemetry } from '../base/telemetry-port.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { createEventLog } from './event-log.ts'
import { collect, failed, seqsOf, started, token } from './live.fixture.ts'
import { mergeEntries, separate } from './merge-entries.ts'

const entriesOf = (events: readonly AnswerEvent[]): SequencedEvent[] =>
  events.map((event, index) => ({ seq: index + 1, atMs: 5, event }))

const field = (path: string, text: string): AnswerEvent => ({
  type: 'field-delta',
  path: [path],
  text,
})

describe('merging', () => {
  it('makes one of neighbours that go on, and keeps all else', () => {
    const events = [started('a'), token('x'), token('y'), field('p', '1'), field('q', '2')]
    expect(mergeEntries(entriesOf([...events, field('q', '3'), failed]))).toEqual([
      { seq: 3, atMs: 5, event: token('xy'), lengths: [1, 1] },
      { seq: 6, atMs: 5, event: field('q', '23'), lengths: [1, 1] },
    ])
  })

  it('never mixes the texts of two attempts', () => {
    const reset: AnswerEvent = { type: 'reset', reason: 'cut' }
    expect(
      mergeEntries(entriesOf([token('x'), reset, token('y'), started('a', 2), token('z')])),
    ).toEqual([])
  })
})

const anyEvent = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }).map(token) },
  fc.tuple(fc.constantFrom('p', 'q'), fc.string({ maxLength: 3 })).map(([p, t]) => field(p, t)),
  fc.constant(started('a', 2)),
)

describe('a log that has ended', () => {
  it('says the same after every number when it is compacted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 20 }), async (events) => {
        const store = openMemoryStore().events
        for (const event of [...events, failed]) {
          await store.append([{ answerId: 'a', run: 1, events: [event] }])
        }
        const before = await store.read('a', 0)
        const merged = mergeEntries(before)
        await store.compact('a', merged)
        // A second time finds nothing more to do.
        expect(mergeEntries(await store.read('a', 0))).toEqual(
          merged.filter(({ lengths }) => lengths === undefined),
        )
        const log = createEventLog({ store, clock: createFakeClock() })
        for (let after = 0; after <= events.length; after++) {
          const rest = before.slice(after).map(({ seq, event }) => ({ seq, event }))
          const read = separate(await collect(log.subscribe('a', { afterSeq: after })))
          expect(read.map(({ seq, event }) => ({ seq, event }))).toEqual(rest)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('is compacted by whoever wrote its end', async () => {
    const clock = createFakeClock()
    const store = openMemoryStore({ clock }).events
    const log = createEventLog({ store, clock })
    const writer = log.writer('a', 1)
    const reading = collect(log.subscribe('a'))
    writer.append(started('a'))
    for (let count = 0; count < 50; count++) {
      writer.append(token('x'))
      await clock.advance(5)
    }
    writer.append(failed)
    await clock.advance(5)
    expect(seqsOf(await reading)).toHaveLength(52)
    await log.close()
    const compacted = await store.read('a', 0)
    expect(seqsOf(compacted)).toEqual([1, 51, 52])
    expect(compacted[1]?.lengths).toHaveLength(50)
  })

  it('does not disturb a reader in its middle', async () => {
    const clock = createFakeClock()
    const store = openMemoryStore({ clock }).events
    for (let count = 0; count < 900; count++) {
      await store.append([{ answerId: 'a', run: 1, events: [token(`${count} `)] }])
    }
    await store.append([{ answerId: 'a', run: 1, events: [failed] }])
    const log = createEventLog({ store, clock })
    const seen: SequencedEvent[] = []
    let others: SequencedEvent[] = []
    for await (const events of log.subscribe('a')) {
      seen.push(...events)
      if (seen.length === 256) {
        await store.compact('a', mergeEntries(await store.read('a', 0)))
        // Those who come now find the compact form, and the reader goes on beside them.
        others = await collect(log.subscribe('a', { afterSeq: 700 }))
      }
    }
    expect(seqsOf(separate(seen))).toEqual(Array.from({ length: 901 }, (_, i) => i + 1))
    expect(seqsOf(separate(others))).toEqual(Array.from({ length: 201 }, (_, i) => i + 701))
  })

  it('stays as it is where it cannot be compacted', async () => {
    const clock = createFakeClock()
    const memory = openMemoryStore({ clock }).events
    const warnings: unknown[] = []
    const store = { ...memory, compact: () => Promise.reject(new Error('The disk is full.')) }
    const telemetry = { ...silentTelemetry, log: (...facts: unknown[]) => warnings.push(facts) }
    const log = createEventLog({ store, clock, telemetry })
    const writer = log.writer('a', 1)
    for (const event of [token('x'), token('y'), failed]) {
      writer.append(event)
      await clock.advance(5)
    }
    await log.close()
    expect(await memory.read('a', 0)).toHaveLength(3)
    expect(JSON.stringify(warnings)).toContain('not compacted')
  })
})
