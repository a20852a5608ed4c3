import { type EventBatch, firstSeqOf, type SequencedEvent } from '../event-store.ts'
import { encodeJson } from './encode-json.ts'
import { isAnswerEvent, isStoredEvent } from './json-shapes.ts'
import type { RowReader } from './row-reader.ts'

/** A batch whose events are already JSON texts. */
export interface EncodedBatch {
  readonly answerId: string
  readonly run: number
  readonly events: readonly string[]
}

/** Refuses with INVALID_INPUT what could not be read back. */
export function encodeBatch({ answerId, run, events }: EventBatch): EncodedBatch {
  return {
    answerId,
    run,
    events: events.map((event) => encodeJson(event, 'event', isAnswerEvent)),
  }
}

/** What stands in a log in place of a failure that was taken back. */
export const takenBack = encodeJson({ type: 'reset', reason: 'unknown' }, 'event', isAnswerEvent)

/** The event in a row of the table `events`, or what of it comes after `afterSeq`. */
export function readEventRow(row: RowReader, afterSeq = 0): SequencedEvent {
  const seq = row.number('seq')
  const atMs = row.number('at_ms')
  const stored = row.json('event', 'an event', isStoredEvent)
  if ('type' in stored) return { seq, atMs, event: stored }
  return cutAfter({ seq, atMs, ...stored }, afterSeq)
}

/** An entry that stands for several events, as it is stored in the place of the last of them. */
export function encodeMerged({ event, lengths }: SequencedEvent): string {
  return encodeJson({ lengths, event }, 'event', isStoredEvent)
}

function cutAfter(entry: SequencedEvent, afterSeq: number): SequencedEvent {
  const { seq, atMs, event, lengths = [] } = entry
  const gone = Math.max(0, afterSeq - firstSeqOf(entry) + 1)
  if (gone === 0 || !('text' in event)) return entry
  const goneChars = lengths.slice(0, gone).reduce((sum, length) => sum + length, 0)
  const rest = { seq, atMs, event: { ...event, text: event.text.slice(goneChars) } }
  // One that is left alone is as it was written.
  return gone === lengths.length - 1 ? rest : { ...rest, lengths: lengths.slice(gone) }
}
