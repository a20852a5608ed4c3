import type { Clock } from '../base/clock.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import { type AnswerGroups, createAnswerGroups } from '../live/answer-groups.ts'
import { createArrivals } from '../live/arrivals.ts'
import type { EventLog } from '../live/event-log.ts'
import type { Stores } from '../store/shared/stores.ts'

/** The answers of a conversation, a user or a pipeline, to be followed as one stream. */
export function openGroups(parts: {
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly store: Stores
  readonly events: EventLog
}): AnswerGroups {
  const { clock, store, events, telemetry } = parts
  const arrivals = createArrivals({
    ...store,
    onError: (error) =>
      telemetry.log('error', 'An answer that came in could not be looked up.', {}, error),
  })
  return createAnswerGroups({ ...store, log: events, arrivals, clock })
}
