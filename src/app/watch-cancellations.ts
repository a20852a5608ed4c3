import type { CancelTimer, Clock } from '../base/clock.ts'
import type { AnswerStore } from '../store/answer-store.ts'
import type { EventStore } from '../store/event-store.ts'

/** The log grows with every token; whether an answer was cancelled is looked up this often at most. */
const lookEveryMs = 250

/**
 * Tells the runs of this process when another process has cancelled their answer. A cancellation
 * writes an event, so the growth of the log is the signal to look.
 */
export function watchCancellations(
  answers: AnswerStore,
  events: EventStore,
  clock: Clock,
  onError: (error: unknown) => void,
): { onCancelled(answerId: string, callback: () => void): () => void; close(): void } {
  const running = new Map<string, Watched>()
  const look = async (answerId: string) => {
    const run = running.get(answerId)
    if (!run) return
    run.cancelTimer = undefined
    run.lookedAtMs = clock.now()
    if ((await answers.get(answerId))?.state === 'cancelled') run.callback()
  }
  const lookSoon = (answerId: string) => {
    const run = running.get(answerId)
    if (!run || run.cancelTimer) return
    const waitMs = Math.max(0, run.lookedAtMs + lookEveryMs - clock.now())
    run.cancelTimer = clock.setTimer(waitMs, () => void look(answerId).catch(onError))
  }
  const close = events.watch(lookSoon)
  return {
    onCancelled(answerId, callback) {
      running.set(answerId, { callback, lookedAtMs: clock.now(), cancelTimer: undefined })
      return () => {
        running.get(answerId)?.cancelTimer?.()
        running.delete(answerId)
      }
    },
    close,
  }
}

interface Watched {
  readonly callback: () => void
  lookedAtMs: number
  cancelTimer: CancelTimer | undefined
}
