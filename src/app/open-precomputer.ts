import type { Clock } from '../base/clock.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import type { AnswerJobs } from '../jobs/answer-jobs.ts'
import { createPrecomputer, type Precomputer } from '../jobs/precompute/precomputer.ts'
import type { EventLog } from '../live/event-log.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import type { Stores } from '../store/shared/stores.ts'

interface PrecomputerParts {
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly store: Stores
  readonly events: EventLog
}

/**
 * Answers made ahead go through the queue, whose worker runs the pipelines that ask for them: the
 * queue is connected when it is there, and what is wanted before waits for it.
 */
export function openPrecomputer({ clock, telemetry, store, events }: PrecomputerParts): {
  readonly precomputer: Precomputer
  connect(jobs: AnswerJobs): void
} {
  const connected = Promise.withResolvers<AnswerJobs>()
  const precomputer = createPrecomputer({
    store: store.precomputed,
    answers: store.answers,
    conversations: store.conversations,
    clock,
    telemetry,
    async accept(request) {
      const jobs = await connected.promise
      await jobs.enqueue(request, {})
    },
    async cancel(answerId) {
      const jobs = await connected.promise
      return jobs.cancel(answerId)
    },
    follow: (answerId, signal) => eventsOf(events, answerId, signal),
  })
  return { precomputer, connect: connected.resolve }
}

async function* eventsOf(
  log: EventLog,
  answerId: string,
  signal: AbortSignal,
): AsyncGenerator<readonly AnswerEvent[]> {
  for await (const lot of log.subscribe(answerId, { signal })) yield lot.map(({ event }) => event)
}
