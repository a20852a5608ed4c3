import { expect, it } from 'vitest'
import { mergeEntries, separate } from '../live/merge-entries.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import { cutEvent } from './cut-event.ts'

it('an entry for several deltas is cut after each', () => {
  const texts = ['a', '', 'half \ud83d', '\ude00 b', 'ü']
  const entries = texts.map((text, index): SequencedEvent => {
    return { seq: 3 + index, atMs: 5, event: { type: 'text-delta', text } }
  })
  const [merged] = mergeEntries(entries)
  if (!merged) throw new Error('Nothing was merged.')
  for (let after = 0; after <= 8; after++) {
    const cut = cutEvent(merged, after)
    const rest = entries.filter(({ seq }) => seq > after)
    expect(cut ? separate([cut]) : []).toEqual(rest)
  }
})

it('an entry of its own comes whole or not at all', () => {
  const entry: SequencedEvent = { seq: 4, atMs: 5, event: { type: 'text-delta', text: 'abc' } }
  expect(cutEvent(entry, 3)).toBe(entry)
  expect(cutEvent(entry, 4)).toBeUndefined()
})
