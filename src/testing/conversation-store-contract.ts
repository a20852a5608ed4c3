import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../base/json.ts'
import type { NewTurn, Summary } from '../model/conversation.ts'
import type { Message } from '../model/message.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import { type OpenStore, withStore } from './opened-store.ts'

/** What every conversation store keeps to. */
export function describeConversationStore(name: string, open: OpenStore<ConversationStore>): void {
  const run = (work: (store: ConversationStore) => Promise<void>) => withStore(open, work)

  describe(`${name}: turns`, () => {
    test('turns get sequence numbers from 1', () =>
      run(async (store) => {
        const first = await store.append('c', [said('one'), said('two')])
        const second = await store.append('c', [said('three')])
        expect(first.turns.map((turn) => turn.seq)).toEqual([1, 2])
        expect(second).toEqual({ turns: [{ seq: 3, ...said('three') }], repeated: false })
      }))

    test('conversations number their turns apart', () =>
      run(async (store) => {
        await store.append('c', [said('one')])
        await store.append('C', [said('two')])
        expect(await textsOf(store, 'c')).toEqual(['one'])
        expect(await textsOf(store, 'C')).toEqual(['two'])
      }))

    test('turns come back as they were said', () =>
      run(async (store) => {
        const turns = everyMessage.map((message) => ({ ...said(''), message }))
        await store.append('c', turns)
        const stored = await store.readTurns('c')
        expect(stored).toEqual(turns.map((turn, index) => ({ ...turn, seq: index + 1 })))
      }))

    test('a turn that cannot be stored stops the whole append', () =>
      run(async (store) => {
        const nobody = { ...said('x'), message: { role: 'nobody', content: 'x' } as never }
        const append = store.append('c', [said('one'), nobody, said('three')])
        await expect(append).rejects.toMatchObject({ code: 'INVALID_INPUT' })
        const timeless = store.append('c', [
          said('one'),
          { ...said('two'), createdAtMs: Number.NaN },
        ])
        await expect(timeless).rejects.toMatchObject({ code: 'INVALID_INPUT' })
        expect(await store.readTurns('c')).toEqual([])
      }))

    test('reads after a number up to a limit', () =>
      run(async (store) => {
        await store.append('c', ['1', '2', '3', '4', '5'].map(said))
        const turns = await store.readTurns('c', { afterSeq: 1, limit: 3 })
        expect(turns.map((turn) => turn.seq)).toEqual([2, 3, 4])
        expect(await store.readTurns('c', { afterSeq: 5 })).toEqual([])
        expect(await store.readTurns('c', { limit: 0 })).toEqual([])
      }))

    test('a thousand turns are read by default', () =>
      run(async (store) => {
        await store.append(
          'c',
          Array.from({ length: 1_001 }, (_, index) => said(String(index))),
        )
        expect(await store.readTurns('c')).toHaveLength(1_000)
      }))

    test.each([-1, 1.5, Number.NaN])('refuses %s as a position or count', (value) =>
      run(async (store) => {
        const refusal = { code: 'INVALID_CONFIG' }
        await expect(store.readTurns('c', { afterSeq: value })).rejects.toMatchObject(refusal)
        await expect(store.readTurns('c', { limit: value })).rejects.toMatchObject(refusal)
        await expect(store.readMemory('c', value)).rejects.toMatchObject(refusal)
      }),
    )
  })

  describe(`${name}: idempotency keys`, () => {
    test('a repeated key appends nothing', () =>
      run(async (store) => {
        const first = await store.append('c', [said('a'), said('b')], { idempotencyKey: 'k' })
        await store.append('c', [said('c')])
        const again = await store.append('c', [said('other')], { idempotencyKey: 'k' })
        expect(again).toEqual({ turns: first.turns, repeated: true })
        expect(await textsOf(store, 'c')).toEqual(['a', 'b', 'c'])
      }))

    test('a key counts within its conversation', () =>
      run(async (store) => {
        await store.append('c', [said('a')], { idempotencyKey: 'k' })
        const other = await store.append('d', [said('b')], { idempotencyKey: 'k' })
        expect(other.repeated).toBe(false)
      }))

    test('a refused append does not use up its key', () =>
      run(async (store) => {
        const broken = store.append('c', [{ ...said('a'), createdAtMs: Number.NaN }], {
          idempotencyKey: 'k',
        })
        await expect(broken).rejects.toMatchObject({ code: 'INVALID_INPUT' })
        const next = await store.append('c', [said('a')], { idempotencyKey: 'k' })
        expect(next.repeated).toBe(false)
      }))

    test('parallel appends of one key append once', () =>
      run(async (store) => {
        const appends = Array.from({ length: 5 }, () =>
          store.append('c', [said('a')], { idempotencyKey: 'k' }),
        )
        const results = await Promise.all(appends)
        expect(results.filter((result) => !result.repeated)).toHaveLength(1)
        expect(await textsOf(store, 'c')).toEqual(['a'])
      }))
  })

  describe(`${name}: memory`, () => {
    test('an unknown id is an empty memory', () =>
      run(async (store) => {
        expect(await store.readMemory('nobody', 10)).toEqual({
          conversationId: 'nobody',
          recentTurns: [],
          historySummary: undefined,
          pins: [],
          workingState: { value: {}, version: 0 },
          totalTurns: 0,
        })
      }))

    test('holds the newest turns verbatim', () =>
      run(async (store) => {
        await store.append('c', ['1', '2', '3', '4', '5'].map(said))
        const memory = await store.readMemory('c', 2)
        expect(memory.recentTurns.map((turn) => turn.message.content)).toEqual(['4', '5'])
        expect(memory.totalTurns).toBe(5)
        expect((await store.readMemory('c', 9)).recentTurns).toHaveLength(5)
        expect((await store.readMemory('c', 0)).recentTurns).toEqual([])
      }))

    test.each(chains)('the history summary covers $covers', ({ ranges, recentTurns, expected }) =>
      run(async (store) => {
        await store.append(
          'c',
          Array.from({ length: 20 }, (_, index) => said(String(index + 1))),
        )
        for (const range of ranges) await store.addSummary('c', summaryOf(range))
        const { historySummary } = await store.readMemory('c', recentTurns)
        expect(historySummary && [historySummary.fromSeq, historySummary.toSeq]).toEqual(
          expected && [expected[0]?.[0], expected.at(-1)?.[1]],
        )
        expect(historySummary?.text.split('\n\n')).toEqual(
          expected?.map((range) => summaryOf(range).text),
        )
      }),
    )

    test('a summary of turns that others have replaced is not added', () =>
      run(async (store) => {
        await store.append('c', [said('old')])
        await store.deleteConversation('c')
        const late = { ...said('new'), createdAtMs: laterMs + 1 }
        await store.append('c', [late])
        expect(await store.addSummary('c', summaryOf([1, 1]))).toBe(false)
        expect((await store.readMemory('c', 1)).historySummary).toBeUndefined()
      }))

    test('a joined summary adds up its pieces', () =>
      run(async (store) => {
        await store.append('c', ['1', '2', '3', '4'].map(said))
        await store.addSummary('c', {
          ...summaryOf([1, 2]),
          createdAtMs: laterMs + 50,
          writtenBy: 'a/b',
        })
        await store.addSummary('c', {
          ...summaryOf([3, 4]),
          createdAtMs: laterMs + 40,
          writtenBy: 'c/d',
        })
        expect((await store.readMemory('c', 0)).historySummary).toEqual({
          fromSeq: 1,
          toSeq: 4,
          text: 'turns 1 to 2\n\nturns 3 to 4',
          tokens: { ascii: 9, other: 2 },
          createdAtMs: laterMs + 50,
          writtenBy: 'a/b, c/d',
        })
      }))

    test('one summary per range is kept', () =>
      run(async (store) => {
        await store.append('c', [said('1')])
        const first = summaryOf([1, 1])
        expect(await store.addSummary('c', first)).toBe(true)
        expect(await store.addSummary('c', { ...first, text: 'another' })).toBe(false)
        expect((await store.readMemory('c', 0)).historySummary).toEqual(first)
      }))

    test('a summary of missing turns is not added', () =>
      run(async (store) => {
        await store.append('c', [said('1'), said('2')])
        expect(await store.addSummary('c', summaryOf([1, 3]))).toBe(false)
        await store.deleteConversation('c')
        expect(await store.addSummary('c', summaryOf([1, 2]))).toBe(false)
        const backwards = store.addSummary('c', summaryOf([2, 1]))
        await expect(backwards).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      }))
  })

  describe(`${name}: pins`, () => {
    test('a pin is kept byte for byte', () =>
      run(async (store) => {
        const text = ' \tIBAN\0 DE00 “é” e\u0301 𝔘\r\n'
        await store.setPin('c', 'bank', { text, tokens: { ascii: 4, other: 5 } })
        const { pins } = await store.readMemory('c', 1)
        expect(pins).toEqual([{ key: 'bank', text, tokens: { ascii: 4, other: 5 } }])
      }))

    test('a changed pin keeps its place', () =>
      run(async (store) => {
        for (const key of ['z', 'a', 'm']) await store.setPin('c', key, pinned(key))
        await store.setPin('c', 'z', pinned('changed'))
        await store.setPin('c', 'a', undefined)
        await store.setPin('c', 'missing', undefined)
        await store.setPin('c', 'b', pinned('b'))
        const { pins } = await store.readMemory('c', 1)
        expect(pins.map((pin) => [pin.key, pin.text])).toEqual([
          ['z', 'changed'],
          ['m', 'm'],
          ['b', 'b'],
        ])
      }))

    test('half a character is refused', () =>
      run(async (store) => {
        const half = store.setPin('c', 'k', pinned('\ud800'))
        await expect(half).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      }))
  })

  describe(`${name}: working state`, () => {
    test('a patch merges and null removes', () =>
      run(async (store) => {
        await store.mergeState('c', { step: 1, form: { name: 'Ada', city: 'Bern' }, tags: ['a'] })
        const state = await store.mergeState('c', { step: null, form: { city: 'Rom' }, tags: [] })
        expect(state).toEqual({
          value: { form: { name: 'Ada', city: 'Rom' }, tags: [] },
          version: 2,
        })
        expect((await store.readMemory('c', 1)).workingState).toEqual(state)
      }))

    test('a patch without effect keeps the version', () =>
      run(async (store) => {
        await store.mergeState('c', { a: 1, b: { c: 2 } })
        const same = await store.mergeState('c', { b: { c: 2 }, missing: null })
        expect(same.version).toBe(1)
      }))

    test('parallel writers of different fields keep all', () =>
      run(async (store) => {
        const fields = Array.from({ length: 20 }, (_, index) => `field${index}`)
        await Promise.all(fields.map((field) => store.mergeState('c', { [field]: { x: field } })))
        const { workingState } = await store.readMemory('c', 1)
        expect(Object.keys(workingState.value).sort()).toEqual([...fields].sort())
        expect(workingState.version).toBe(20)
      }))

    test('a key named __proto__ is a key', () =>
      run(async (store) => {
        const patch: JsonObject = JSON.parse('{"__proto__":{"admin":true}}')
        await store.mergeState('c', patch)
        const { value } = (await store.readMemory('c', 1)).workingState
        expect(Object.keys(value)).toEqual(['__proto__'])
        expect('admin' in value).toBe(false)
      }))

    test('what is returned is not the caller’s object', () =>
      run(async (store) => {
        const form: { name: string } = { name: 'Ada' }
        const state = await store.mergeState('c', { form })
        form.name = 'changed'
        expect(state.value).toEqual({ form: { name: 'Ada' } })
      }))
  })

  describe(`${name}: deletion`, () => {
    test('deletes what is remembered and counts it', () =>
      run(async (store) => {
        await store.append('c', [said('1'), said('2')], { idempotencyKey: 'k' })
        await store.addSummary('c', summaryOf([1, 1]))
        await store.setPin('c', 'p', pinned('p'))
        await store.mergeState('c', { a: 1 })
        const report = await store.deleteConversation('c')
        expect(report).toMatchObject({
          turns: 2,
          summaries: 1,
          pins: 1,
          workingStates: 1,
          idempotencyKeys: 1,
        })
        expect((await store.readMemory('c', 5)).totalTurns).toBe(0)
      }))

    test('a deleted conversation begins anew', () =>
      run(async (store) => {
        await store.append('c', [said('1')], { idempotencyKey: 'k' })
        await store.mergeState('c', { a: 1 })
        await store.deleteConversation('c')
        const result = await store.append('c', [said('2')], { idempotencyKey: 'k' })
        expect(result).toMatchObject({ turns: [{ seq: 1 }], repeated: false })
        expect(await store.mergeState('c', { b: 1 })).toEqual({ value: { b: 1 }, version: 1 })
      }))

    test('other conversations stay as they are', () =>
      run(async (store) => {
        await store.append('d', [said('1'), said('2')])
        await store.setPin('d', 'p', pinned('p'))
        const before = await store.readMemory('d', 5)
        const report = await store.deleteConversation('c')
        expect(Object.values(report).every((count) => count === 0)).toBe(true)
        expect(await store.readMemory('d', 5)).toEqual(before)
      }))
  })
}

type Range = readonly [from: number, to: number]

/** Of twenty turns: which summaries there are, and which of them the memory is made of. */
const chains: readonly {
  readonly covers: string
  readonly ranges: readonly Range[]
  readonly recentTurns: number
  readonly expected: readonly Range[] | undefined
}[] = [
  { covers: 'nothing where there is none', ranges: [], recentTurns: 4, expected: undefined },
  {
    covers: 'nothing where all turns are recent',
    ranges: [[1, 8]],
    recentTurns: 20,
    expected: undefined,
  },
  {
    covers: 'all by the newest of a rolling one',
    ranges: [
      [1, 8],
      [1, 12],
      [1, 16],
    ],
    recentTurns: 4,
    expected: [[1, 16]],
  },
  {
    covers: 'all by leaves side by side',
    ranges: [
      [9, 16],
      [1, 4],
      [5, 8],
    ],
    recentTurns: 4,
    expected: [
      [1, 4],
      [5, 8],
      [9, 16],
    ],
  },
  {
    covers: 'all by a parent and later leaves',
    ranges: [
      [1, 4],
      [5, 8],
      [9, 12],
      [1, 8],
      [13, 16],
    ],
    recentTurns: 4,
    expected: [
      [1, 8],
      [9, 12],
      [13, 16],
    ],
  },
  {
    covers: 'what there is while the summariser is behind',
    ranges: [
      [1, 4],
      [5, 8],
    ],
    recentTurns: 4,
    expected: [
      [1, 4],
      [5, 8],
    ],
  },
  {
    covers: 'recent turns too where only a longer one is there',
    ranges: [
      [1, 6],
      [1, 18],
    ],
    recentTurns: 4,
    expected: [[1, 18]],
  },
  {
    covers: 'no recent turn where a shorter one is there',
    ranges: [
      [1, 16],
      [1, 18],
    ],
    recentTurns: 4,
    expected: [[1, 16]],
  },
  {
    covers: 'pieces that overlap',
    ranges: [
      [1, 10],
      [7, 16],
    ],
    recentTurns: 4,
    expected: [
      [1, 10],
      [7, 16],
    ],
  },
  {
    covers: 'no piece that another one contains',
    ranges: [
      [11, 16],
      [1, 17],
    ],
    recentTurns: 4,
    expected: [[1, 17]],
  },
  {
    covers: 'the newest stretch where there is a hole',
    ranges: [
      [1, 4],
      [9, 12],
      [13, 16],
    ],
    recentTurns: 4,
    expected: [
      [9, 12],
      [13, 16],
    ],
  },
]

const everyMessage: readonly Message[] = [
  { role: 'system', content: '' },
  { role: 'user', content: 'nul \0, half a pair \ud800, 𝔘, quotes " \' and a line\n' },
  {
    role: 'assistant',
    content: 'I look it up.',
    toolCalls: [{ id: 'call_1', name: 'rate', arguments: '{"from":"EUR"' }],
  },
  { role: 'tool', toolCallId: 'call_1', toolName: 'rate', content: 'no', isError: true },
]

/** After the turns, as a summary of them is written. */
const laterMs = 1_767_225_700_000

function said(content: string): NewTurn {
  return {
    message: { role: 'user', content },
    createdAtMs: 1_767_225_600_000.25,
    tokens: { ascii: 3, other: 1 },
  }
}

function summaryOf([fromSeq, toSeq]: Range): Summary {
  return {
    fromSeq,
    toSeq,
    text: `turns ${fromSeq} to ${toSeq}`,
    tokens: { ascii: 4, other: 1 },
    createdAtMs: laterMs,
    writtenBy: 'rehearsal/summary',
  }
}

function pinned(text: string) {
  return { text, tokens: { ascii: 1, other: 0 } }
}

async function textsOf(store: ConversationStore, conversationId: string): Promise<string[]> {
  const turns = await store.readTurns(conversationId)
  return turns.map((turn) => turn.message.content)
}
