import type { AnswerEvent } from '../model/answer-event.ts'
import type { AnswerRecord, AnswerStore } from '../store/answer-store.ts'
import type { EventStore } from '../store/event-store.ts'

/**
 * The event logs as readers see them: where the log of an answer that has ended is gone, because it has
 * expired, its record still tells the end. So who comes years later gets one event and does not wait.
 */
export function readingEnds(events: EventStore, answers: Pick<AnswerStore, 'get'>): EventStore {
  return {
    ...events,
    async read(answerId, afterSeq, limit) {
      const entries = await events.read(answerId, afterSeq, limit)
      if (entries.length > 0 || afterSeq > 0 || limit === 0) return entries
      const record = await answers.get(answerId)
      if (record?.finishedAtMs === undefined) return entries
      return [{ seq: 1, atMs: record.finishedAtMs, event: endOf(record) }]
    },
  }
}

function endOf({ answer, error }: AnswerRecord): AnswerEvent {
  if (answer) return { type: 'answer-finished', answer }
  const cancelled = { code: 'CANCELLED', message: 'The answer was cancelled.' }
  return { type: 'answer-failed', error: error ?? cancelled }
}
