import type { Clock } from '../../base/clock.ts'
import { createId } from '../../base/ids.ts'
import { isLastEvent } from '../../model/answer-event.ts'
import { openEventStream } from '../event-stream.ts'
import { problemOf } from '../problem.ts'
import { type Exchange, sendJson } from '../router.ts'
import type { PreparedResponse } from './accept-response.ts'
import { endOfEvent } from './follow-response.ts'
import { createResponseEvents, type ResponseEvent } from './response-events.ts'
import type { ResponseIdentity } from './response-object.ts'
import type { ResponseRequest } from './response-request.ts'
import { sendEvents } from './stream-response.ts'

/**
 * Makes a response that is not kept (`store: false`): in this process, past the queue and the log, and
 * given up when the client goes. It cannot be read again or gone on from.
 */
export async function runUnstored(
  { response, signal }: Exchange,
  prepared: PreparedResponse,
  request: ResponseRequest,
  { clock }: { readonly clock: Clock },
): Promise<void> {
  if (!request.stream) {
    const events = createResponseEvents(newIdentity(prepared, clock))
    const answer = await prepared.pipeline.run(prepared.input, { abortSignal: signal })
    const end = { state: 'completed', answer, finishedAtMs: clock.now() } as const
    return sendJson(response, 200, events.ended(end))
  }
  const stream = openEventStream(response, { clock })
  try {
    for await (const events of unstoredEvents(prepared, clock, signal)) {
      await sendEvents(stream, events)
    }
    stream.end()
  } catch (error) {
    if (!stream.signal.aborted) throw error
  } finally {
    stream.release()
  }
}

/** The events of a response that is not kept, as it is made. Rejects when the signal aborts. */
export async function* unstoredEvents(
  prepared: PreparedResponse,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<readonly ResponseEvent[]> {
  const events = createResponseEvents(newIdentity(prepared, clock))
  yield events.opening()
  try {
    for await (const event of prepared.pipeline.stream(prepared.input, { abortSignal: signal })) {
      if (isLastEvent(event)) yield events.end(endOfEvent(event, clock.now()))
      else yield events.hear(event)
    }
  } catch (thrown) {
    if (signal.aborted) throw thrown
    const { code, detail: message } = problemOf(thrown)
    yield events.end({ state: 'failed', error: { code, message }, finishedAtMs: clock.now() })
  }
}

function newIdentity({ pipeline, facts }: PreparedResponse, clock: Clock): ResponseIdentity {
  const createdAtMs = clock.now()
  return { answerId: createId('ans', createdAtMs), model: pipeline.name, createdAtMs, facts }
}
