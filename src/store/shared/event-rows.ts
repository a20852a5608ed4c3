import type { EventBatch, SequencedEvent } from '../event-store.ts'
import { encodeJson } from './encode-json.ts'
import { isAnswerEvent } from './json-shapes.ts'
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

/** The event in a row of the table `events`. */
export function readEventRow(row: RowReader): SequencedEvent {
  return {
    seq: row.number('seq'),
    atMs: row.number('at_ms'),
    event: row.json('event', 'an event', isAnswerEvent),
  }
}
