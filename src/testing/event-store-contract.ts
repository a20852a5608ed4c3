import { describe, expect, test } from 'vitest'
import type { AnswerEvent } from '../model/answer-event.ts'
import type { EventStore } from '../store/event-store.ts'
import { type OpenStore, withStore } from './opened-store.ts'

/** What every event store keeps to. */
export function describeEventStore(name: string, open: OpenStore<EventStore>): void {
  const run = (work: (store: EventStore) => Promise<void>) => withStore(open, work)

  describe(`${name}: append`, () => {
    test('numbers run on across runs', () =>
      run(async (store) => {
        const [first] = await store.append([batch('a', 1, 'x', 'y')])
        const [second] = await store.append([batch('a', 2, 'z')])
        expect(first).toMatchObject({ ok: true, lastSeq: 2 })
        expect(second).toMatchObject({ ok: true, lastSeq: 3 })
        expect(await textsOf(store, 'a')).toEqual([
          [1, 'x'],
          [2, 'y'],
          [3, 'z'],
        ])
      }))

    test('answers number their events apart', () =>
      run(async (store) => {
        const outcomes = await store.append([batch('a', 1, 'x', 'y'), batch('b', 1, 'z')])
        expect(outcomes).toMatchObject([{ lastSeq: 2 }, { lastSeq: 1 }])
        expect(await textsOf(store, 'b')).toEqual([[1, 'z']])
      }))

    test('a replaced run is refused while others stand', () =>
      run(async (store) => {
        await store.append([batch('a', 3, 'new')])
        const outcomes = await store.append([
          batch('b', 1, 'x'),
          batch('a', 2, 'late'),
          batch('c', 1, 'y'),
        ])
        expect(outcomes).toMatchObject([{ ok: true }, { ok: false, currentRun: 3 }, { ok: true }])
        expect(await textsOf(store, 'a')).toEqual([[1, 'new']])
        expect(await textsOf(store, 'c')).toEqual([[1, 'y']])
      }))

    test('one commit may hold two runs in turn', () =>
      run(async (store) => {
        const outcomes = await store.append([
          batch('a', 1, 'x'),
          batch('a', 2, 'y'),
          batch('a', 1, 'late'),
        ])
        expect(outcomes).toMatchObject([
          { ok: true, lastSeq: 1 },
          { ok: true, lastSeq: 2 },
          { ok: false, currentRun: 2 },
        ])
      }))

    test('an empty batch changes nothing', () =>
      run(async (store) => {
        expect(await store.append([])).toEqual([])
        expect(await store.append([batch('a', 5)])).toMatchObject([{ ok: true, lastSeq: 0 }])
        expect(await store.append([batch('a', 1, 'x')])).toMatchObject([{ ok: true, lastSeq: 1 }])
        expect(await store.append([batch('a', 1)])).toMatchObject([{ ok: true, lastSeq: 1 }])
      }))

    test('parallel appends leave no gap', () =>
      run(async (store) => {
        const appends = Array.from({ length: 20 }, (_, index) =>
          store.append([batch('a', 1, `${index}a`, `${index}b`)]),
        )
        await Promise.all(appends)
        const events = await textsOf(store, 'a')
        expect(events.map(([seq]) => seq)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
        for (let index = 0; index < 40; index += 2) {
          expect(events[index]?.[1].replace('a', 'b')).toBe(events[index + 1]?.[1])
        }
      }))

    test('events come back as they were written', () =>
      run(async (store) => {
        const events: AnswerEvent[] = [
          { type: 'field', path: ['items', 0, 'name'], value: { a: [null, 0.1, 'ü\0𝔘'] } },
          { type: 'text-delta', text: 'half a pair \ud83d' },
          { type: 'text-delta', text: '\ude00 and its other half' },
          { type: 'answer-failed', error: { code: 'NO_ANSWER', message: 'No model answered.' } },
        ]
        const [outcome] = await store.append([{ answerId: 'a', run: 1, events }])
        const stored = await store.read('a', 0)
        expect(stored.map((entry) => entry.event)).toEqual(events)
        expect(outcome).toMatchObject({ ok: true, atMs: stored[0]?.atMs })
      }))
  })

  describe(`${name}: read`, () => {
    test('reads after a number up to a limit', () =>
      run(async (store) => {
        await store.append([batch('a', 1, '1', '2', '3', '4')])
        expect((await store.read('a', 1, 2)).map((entry) => entry.seq)).toEqual([2, 3])
        expect(await store.read('a', 4)).toEqual([])
        expect(await store.read('unknown', 0)).toEqual([])
      }))

    test('a thousand events are read by default', () =>
      run(async (store) => {
        const texts = Array.from({ length: 1_001 }, (_, index) => String(index))
        await store.append([batch('a', 1, ...texts)])
        expect(await store.read('a', 0)).toHaveLength(1_000)
      }))
  })

  describe(`${name}: reopen`, () => {
    test('a failure at the end becomes a reset', () =>
      run(async (store) => {
        await store.append([{ ...batch('a', 1, 'x'), events: [delta, failed] }])
        await store.reopen('a')
        await store.append([batch('a', 2, 'y')])
        const events = await store.read('a', 0)
        expect(events.map(({ seq, event }) => [seq, event.type])).toEqual([
          [1, 'text-delta'],
          [2, 'reset'],
          [3, 'text-delta'],
        ])
      }))

    test('a log that ends otherwise stays as it is', () =>
      run(async (store) => {
        await store.append([{ ...batch('a', 1), events: [failed, delta] }])
        const before = await store.read('a', 0)
        await store.reopen('a')
        await store.reopen('unknown')
        expect(await store.read('a', 0)).toEqual(before)
      }))
  })

  describe(`${name}: compact`, () => {
    const merged = (seq: number, text: string, ...lengths: readonly number[]) => ({
      seq,
      atMs: 1,
      event: { type: 'text-delta', text } as const,
      lengths,
    })

    test('an entry for several is cut exactly after each', () =>
      run(async (store) => {
        const texts = ['a', '', 'half \ud83d', '\ude00 b', 'ü', 'z']
        await store.append([batch('a', 1, ...texts)])
        await store.append([{ answerId: 'a', run: 2, events: [{ type: 'reset', reason: 'cut' }] }])
        await store.append([batch('a', 2, 'x', 'y')])
        const whole = texts.join('')
        await store.compact('a', [merged(6, whole, 1, 0, 6, 3, 1, 1), merged(9, 'xy', 1, 1)])
        expect(await store.read('a', 0)).toMatchObject([
          { seq: 6, event: { text: whole }, lengths: [1, 0, 6, 3, 1, 1] },
          { seq: 7, event: { type: 'reset' } },
          { seq: 9, event: { text: 'xy' } },
        ])
        for (let after = 0; after < 5; after++) {
          const [first] = await store.read('a', after, 1)
          expect(first).toMatchObject({ seq: 6, event: { text: texts.slice(after).join('') } })
          expect(first?.lengths).toHaveLength(6 - after)
        }
        const [alone] = await store.read('a', 5, 1)
        expect(alone).toMatchObject({ seq: 6, event: { type: 'text-delta', text: 'z' } })
        expect(alone).not.toHaveProperty('lengths')
        expect((await store.read('a', 6)).map(({ seq }) => seq)).toEqual([7, 9])
        expect(await store.read('a', 9)).toEqual([])
      }))

    test('a compacted log is fenced and goes on', () =>
      run(async (store) => {
        await store.append([batch('a', 2, 'x', 'y')])
        await store.compact('a', [merged(2, 'xy', 1, 1)])
        await store.compact('a', [merged(2, 'xy', 1, 1)])
        expect(await store.append([batch('a', 1, 'late')])).toMatchObject([{ ok: false }])
        expect(await store.append([batch('a', 2, 'z')])).toMatchObject([{ ok: true, lastSeq: 3 }])
        expect(await textsOf(store, 'a')).toEqual([
          [2, 'xy'],
          [3, 'z'],
        ])
      }))

    test('nothing comes of a log that is not there', () =>
      run(async (store) => {
        await store.compact('a', [merged(2, 'xy', 1, 1)])
        await store.compact('a', [])
        expect(await store.read('a', 0)).toEqual([])
      }))
  })

  describe(`${name}: watch`, () => {
    test('a watcher hears which log has grown', () =>
      run(async (store) => {
        const heard = new Promise<[string, number | undefined]>((resolve) => {
          store.watch((answerId, lastSeq) => resolve([answerId, lastSeq]))
        })
        await store.append([batch('a', 1, 'x', 'y')])
        const [answerId, lastSeq] = await heard
        expect(answerId).toBe('a')
        expect([2, undefined]).toContain(lastSeq)
      }))

    test('the log can be read when a watcher hears', () =>
      run(async (store) => {
        const read = new Promise<number>((resolve, reject) => {
          store.watch((answerId) => {
            store.read(answerId, 0).then((events) => resolve(events.length), reject)
          })
        })
        await store.append([batch('a', 1, 'x', 'y')])
        expect(await read).toBe(2)
      }))

    test('a watcher hears what is announced', () =>
      run(async (store) => {
        const heard = new Promise((resolve) => store.watch(resolve))
        await store.announce('a')
        expect(await heard).toBe('a')
        expect(await store.read('a', 0)).toEqual([])
        expect(await store.append([batch('a', 1, 'x')])).toMatchObject([{ ok: true, lastSeq: 1 }])
      }))

    test('a watcher that stopped hears no more', () =>
      run(async (store) => {
        const stopped: string[] = []
        const stop = store.watch((answerId) => stopped.push(answerId))
        stop()
        stop()
        const heard = new Promise((resolve) => store.watch(resolve))
        await store.append([batch('a', 1, 'x')])
        await heard
        expect(stopped).toEqual([])
      }))
  })
}

function batch(answerId: string, run: number, ...texts: readonly string[]) {
  const events = texts.map((text): AnswerEvent => ({ type: 'text-delta', text }))
  return { answerId, run, events }
}

async function textsOf(store: EventStore, answerId: string): Promise<[number, string][]> {
  const events = await store.read(answerId, 0)
  return events.map(({ seq, event }) => [
    seq,
    event.type === 'text-delta' ? event.text : event.type,
  ])
}

const delta: AnswerEvent = { type: 'text-delta', text: 'x\0' }

const failed: AnswerEvent = { type: 'answer-failed', error: { code: 'X', message: 'x' } }
