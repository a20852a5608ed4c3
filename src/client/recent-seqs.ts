import type { SequencedEvent } from '../store/event-store.ts'
import { cutEvent } from './cut-event.ts'

/** How far the answers of a group have come here, so that none brings an event twice. */
export interface RecentSeqs {
  /** The events that are new, which count as known from now on. */
  passed(answerId: string, events: readonly SequencedEvent[]): readonly SequencedEvent[]
}

/** Answers of long ago do not come again: the server remembers those of the last minute. */
const rememberedAnswers = 1_000

export function createRecentSeqs(): RecentSeqs {
  const seqs = new Map<string, number>()
  return {
    passed(answerId, events) {
      const known = seqs.get(answerId) ?? 0
      const fresh = events.flatMap((event) => cutEvent(event, known) ?? [])
      const last = fresh.at(-1)
      if (!last) return []
      // Set anew, it is the youngest.
      seqs.delete(answerId)
      seqs.set(answerId, last.seq)
      const [oldest] = seqs.keys()
      if (seqs.size > rememberedAnswers && oldest !== undefined) seqs.delete(oldest)
      return fresh
    },
  }
}
