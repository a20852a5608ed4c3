import type { HoldfastParts } from '../../app/holdfast.ts'
import type { Clock } from '../../base/clock.ts'
import type { Telemetry } from '../../base/telemetry-port.ts'
import { type EventStream, openEventStream } from '../event-stream.ts'
import { refused } from '../read-fields.ts'
import type { Exchange } from '../router.ts'
import { endOf, type FoundResponse } from './find-response.ts'
import { followResponse } from './follow-response.ts'
import type { ResponseEvent } from './response-events.ts'

interface Streaming {
  readonly app: HoldfastParts
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/**
 * Answers a request with the events of a response after a number (default: all) as server-sent events.
 * The `id` of each is its number, so that an EventSource resumes by itself; one that has got everything
 * gets 204, at which it stops.
 *
 * @throws INVALID_INPUT, before anything is written, where the response ended before that number.
 */
export async function streamResponse(
  { response, signal }: Exchange,
  found: FoundResponse,
  { app, clock, telemetry }: Streaming,
  after = -1,
): Promise<void> {
  const answerId = found.record.id
  // The log of an answer that was deleted ends without a last event; nobody would wake its readers.
  const onHeartbeat = () => {
    app.answers.get(answerId).then(
      (record) => record ?? response.destroy(),
      (error: unknown) =>
        telemetry.log('error', 'An answer could not be looked up.', { answerId }, error),
    )
  }
  const open = () => openEventStream(response, { clock, onHeartbeat })
  // What has ended is read first, since it may have nothing after that number.
  let stream = endOf(found.record) ? undefined : open()
  let last = -1
  try {
    for await (const events of followResponse({ app, clock }, found, signal)) {
      last = events.at(-1)?.sequence_number ?? last
      if (last <= after) continue
      stream ??= open()
      await sendEvents(stream, events, after)
    }
    if (stream) stream.end()
    else if (last < after) throw refused('starting_after', `The response ended with event ${last}.`)
    else response.writeHead(204).end()
  } catch (error) {
    if (signal.aborted) return
    if (!stream) throw error
    telemetry.log(
      'error',
      'A stream of a response failed; the client resumes it.',
      { answerId },
      error,
    )
  } finally {
    stream?.release()
  }
}

/** Writes those events that come after a number, as the protocol has them. */
export function sendEvents(
  stream: EventStream,
  events: readonly ResponseEvent[],
  after = -1,
): Promise<void> {
  const newer = events.filter(({ sequence_number }) => sequence_number > after)
  return stream.send(newer.map(eventText).join(''))
}

function eventText(event: ResponseEvent): string {
  return `id: ${event.sequence_number}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
