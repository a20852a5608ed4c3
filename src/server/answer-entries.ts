import type { HoldfastParts } from '../app/holdfast.ts'
import { linkAbort } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import { separate } from '../live/merge-entries.ts'
import { type AnswerEvent, isLastEvent } from '../model/answer-event.ts'
import type { AnswerRecord } from '../store/answer-store.ts'
import type { SequencedEvent } from '../store/event-store.ts'

export type AnswerEntry = Pick<SequencedEvent, 'event' | 'atMs'>

/**
 * How long the log of an answer that has ended is waited for. It lacks the end only where a process died
 * between the store and the log, or where the log has expired.
 */
const patienceMs = 1_000

/**
 * The events of an answer from the first to the last, in lots, one by one as they were written, also
 * where the log has been compacted since: protocols number what they make of them. One that had ended
 * when it was looked up ends here too: where the log does not say how, the record does.
 */
export async function* answerEntries(
  { events }: Pick<HoldfastParts, 'events'>,
  clock: Clock,
  record: AnswerRecord,
  signal: AbortSignal,
): AsyncGenerator<readonly AnswerEntry[]> {
  const last = lastEntryOf(record)
  const waiting = linkAbort(signal)
  const giveUp = () => waiting.abort(undefined)
  let cancelTimer = last ? clock.setTimer(patienceMs, giveUp) : () => {}
  try {
    for await (const lot of events.subscribe(record.id, { signal: waiting.signal })) {
      cancelTimer()
      yield separate(lot)
      if (last && !lot.some(({ event }) => isLastEvent(event))) {
        cancelTimer = clock.setTimer(patienceMs, giveUp)
      }
    }
  } catch (error) {
    if (!last || signal.aborted || !waiting.signal.aborted) throw error
    yield [last]
  } finally {
    cancelTimer()
    waiting.release()
  }
}

function lastEntryOf({
  answer,
  error,
  finishedAtMs,
  state,
}: AnswerRecord): AnswerEntry | undefined {
  if (finishedAtMs === undefined) return undefined
  const event: AnswerEvent = answer
    ? { type: 'answer-finished', answer }
    : { type: 'answer-failed', error: error ?? { code: 'CANCELLED', message: `It was ${state}.` } }
  return { event, atMs: finishedAtMs }
}
