import type { SequencedEvent } from '../store/event-store.ts'

/**
 * What of an entry comes after a number; undefined for nothing. An entry of a compacted log stands for
 * several deltas, and another follower of the same answer may have asked for those before the number.
 */
export function cutEvent(entry: SequencedEvent, afterSeq: number): SequencedEvent | undefined {
  const { seq, atMs, event, lengths = [1] } = entry
  if (seq <= afterSeq) return undefined
  const gone = afterSeq - (seq - lengths.length)
  if (gone <= 0 || !('text' in event)) return entry
  const goneChars = lengths.slice(0, gone).reduce((sum, length) => sum + length, 0)
  const text = event.text.slice(goneChars)
  return { seq, atMs, event: { ...event, text }, lengths: lengths.slice(gone) }
}
