import type { ServerResponse } from 'node:http'
import type { Clock } from '../base/clock.ts'
import { silentTelemetry, type Telemetry } from '../base/telemetry-port.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import type { AnswerGroups } from './answer-groups.ts'
import type { EventLog } from './event-log.ts'
import { serveEventStream } from './event-stream.ts'
import { parseGroupCursor } from './group-cursor.ts'
import { kindOf, type LiveGroup } from './live-target.ts'
import { inFrames, wireText } from './wire-text.ts'

export interface LiveEventsOptions {
  readonly log: Pick<EventLog, 'subscribe' | 'endsAt'>
  readonly clock: Clock
  readonly answerId: string
  /** The last sequence number that the client has, as `cursorOf` reads it from the request. Default 0. */
  readonly afterSeq?: number
  readonly telemetry?: Telemetry
}

/**
 * Answers a request with the events of one answer as server-sent events, from any sequence number,
 * and ends after the last one. Who asks again after that gets 204, at which a browser stops asking.
 * The caller has checked that the user may see the answer. Resolves when the response is over and
 * all that was held for it is freed, also when the client has gone.
 *
 * @throws NOT_FOUND or INVALID_INPUT, before anything is written, when there is no such place in the log.
 */
export async function serveLiveEvents(
  response: ServerResponse,
  options: LiveEventsOptions,
): Promise<void> {
  const { log, clock, answerId, afterSeq = 0, telemetry = silentTelemetry } = options
  await serveEventStream(response, {
    clock,
    telemetry,
    about: { answerId },
    isOver: async () => afterSeq !== 0 && (await log.endsAt(answerId, afterSeq)),
    async *pieces(signal) {
      for await (const events of log.subscribe(answerId, { afterSeq, signal })) {
        for (const frame of inFrames(events)) yield frame.map(eventText).join('')
      }
    },
  })
}

function eventText(event: SequencedEvent): string {
  return `id: ${event.seq}\nevent: ${event.event.type}\ndata: ${wireText(event)}\n\n`
}

export interface LiveGroupEventsOptions {
  readonly groups: AnswerGroups
  readonly clock: Clock
  readonly group: LiveGroup
  /** The last cursor that the client has. Left out: from now on. */
  readonly startingAfter?: string
  readonly telemetry?: Telemetry
}

/**
 * Answers a request likewise with the events of all answers of a conversation or of a user; the id of
 * each is the cursor to go on from. It ends only with the connection.
 *
 * @throws INVALID_INPUT, before anything is written, for a cursor that is none.
 */
export async function serveLiveGroupEvents(
  response: ServerResponse,
  options: LiveGroupEventsOptions,
): Promise<void> {
  const { groups, clock, group, startingAfter, telemetry = silentTelemetry } = options
  const after = startingAfter === undefined ? {} : { startingAfter }
  if (startingAfter !== undefined) parseGroupCursor('startingAfter', startingAfter)
  const { kind, id } = kindOf(group)
  await serveEventStream(response, {
    clock,
    telemetry,
    about: { [kind]: id },
    async *pieces(signal) {
      for await (const lot of groups.follow(group, { ...after, signal })) {
        // An id without an event: from here the client resumes also if nothing comes for it.
        if (lot.events.length === 0) yield `id: ${lot.cursorAfter(0)}\n\n`
        const answerId = JSON.stringify(lot.answerId)
        const toText = (event: SequencedEvent) =>
          `id: ${lot.cursorAfter(event.seq)}\nevent: ${event.event.type}\ndata: {"answerId":${answerId},${wireText(event).slice(1)}\n\n`
        for (const frame of inFrames(lot.events)) yield frame.map(toText).join('')
      }
    },
  })
}
