import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AnswerEvent } from '../model/answer-event.ts'
import { addMerged } from './merge-deltas.ts'

const merge = (events: readonly AnswerEvent[]): AnswerEvent[] => {
  const merged: AnswerEvent[] = []
  for (const event of events) addMerged(merged, event)
  return merged
}

const anyEvent: fc.Arbitrary<AnswerEvent> = fc.oneof(
  fc.record({ type: fc.constant('text-delta' as const), text: fc.string() }),
  fc.record({
    type: fc.constant('text-delta' as const),
    text: fc.string(),
    step: fc.constantFrom('one', 'two'),
  }),
  fc.record({
    type: fc.constant('field-delta' as const),
    path: fc.constantFrom(['reply'], ['items', 0], ['items', '0'], ['items']),
    text: fc.string(),
  }),
  fc.record({ type: fc.constant('reset' as const), reason: fc.constant('cut' as const) }),
)

/** What is said of each path between two resets, in order: what merging must not change. */
const meaning = (events: readonly AnswerEvent[]): string[] => {
  const said: string[] = []
  for (const event of events) {
    if (event.type !== 'text-delta' && event.type !== 'field-delta') {
      said.push(JSON.stringify(event))
      continue
    }
    const path = event.type === 'field-delta' ? event.path : []
    const letters = [...event.text]
    said.push(...letters.map((letter) => JSON.stringify([event.type, event.step, path, letter])))
  }
  return said
}

it('merging changes neither text nor order', () => {
  fc.assert(
    fc.property(fc.array(anyEvent), (events) => {
      expect(meaning(merge(events))).toEqual(meaning(events))
    }),
  )
})

it('no two mergeable deltas stay adjacent', () => {
  fc.assert(
    fc.property(fc.array(anyEvent), (events) => {
      const merged = merge(events)
      expect(merge(merged)).toEqual(merged)
    }),
  )
})

it('deltas of two paths stay apart', () => {
  const first: AnswerEvent = { type: 'field-delta', path: ['items', 0], text: 'a' }
  const second: AnswerEvent = { type: 'field-delta', path: ['items', 1], text: 'b' }
  expect(merge([first, second])).toEqual([first, second])
})

it('events between texts keep them apart', () => {
  const reset: AnswerEvent = { type: 'reset', reason: 'cut' }
  const parts: AnswerEvent[] = [
    { type: 'text-delta', text: 'one' },
    reset,
    { type: 'text-delta', text: 'two' },
  ]
  expect(merge(parts)).toEqual(parts)
})
