import type { AnswerEvent } from '../model/answer-event.ts'
import { firstSeqOf, type SequencedEvent } from '../store/event-store.ts'
import { mergeDeltas } from './merge-deltas.ts'

/**
 * The compact form of a log that has ended: deltas that follow one another become one entry, so that
 * who comes late gets a small log. Nothing is lost by it: an entry keeps the length of each of its
 * deltas, so it can be cut after any of them, and taken apart again.
 *
 * @returns the entries that stand for several, to be put in the place of those; all others stay.
 */
export function mergeEntries(entries: readonly SequencedEvent[]): readonly SequencedEvent[] {
  const known = new Set(entries)
  return coalesce(entries).filter((entry) => !known.has(entry))
}

/** All entries in their compact form, none of which has a text above `maxChars` that was put together. */
export function coalesce(
  entries: readonly SequencedEvent[],
  maxChars = Number.POSITIVE_INFINITY,
): readonly SequencedEvent[] {
  const all: SequencedEvent[] = []
  let group: SequencedEvent[] = []
  let event: AnswerEvent | undefined
  const finishGroup = () => {
    const last = group.at(-1)
    if (!event || !last) return
    all.push(group.length === 1 ? last : { ...last, event, lengths: group.flatMap(lengthsOf) })
  }
  for (const entry of entries) {
    const merged = event && mergeDeltas(event, entry.event)
    const isSmall = merged && 'text' in merged && merged.text.length <= maxChars
    if (!isSmall) {
      finishGroup()
      group = []
    }
    group.push(entry)
    event = isSmall ? merged : entry.event
  }
  finishGroup()
  return all
}

/** The same events one by one, as they were written, for those who count them. */
export function separate(entries: readonly SequencedEvent[]): readonly SequencedEvent[] {
  return entries.flatMap((entry) => {
    const { atMs, event, lengths } = entry
    if (!lengths || !('text' in event)) return [entry]
    let start = 0
    return lengths.map((length, index) => {
      const text = event.text.slice(start, start + length)
      start += length
      return { seq: firstSeqOf(entry) + index, atMs, event: { ...event, text } }
    })
  })
}

function lengthsOf({ event, lengths }: SequencedEvent): readonly number[] {
  return lengths ?? ['text' in event ? event.text.length : 0]
}
