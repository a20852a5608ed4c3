import type { Clock } from '../../base/clock.ts'
import { createId } from '../../base/ids.ts'
import { isLastEvent } from '../../model/answer-event.ts'
import { openEventStream } from '../event-stream.ts'
import { problemOf } from '../problem.ts'
import { type Exchange, sendJson } from '../router.ts'
import type { PreparedResponse } from './accept-response.ts'
import { endOfEvent } from './follow-response.ts'
import { createResponseEvents, type ResponseEvent } from './response-events.ts'
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
  const createdAtMs = clock.now()
  const identity = {
    answerId: createId('ans', createdAtMs),
    model: prepared.pipeline.name,
    createdAtMs,
    facts: prepared.facts,
  }
  const events = createResponseEvents(identity)
  if (!request.stream) {
    const answer = await prepared.pipeline.run(prepared.input, { abortSignal: signal })
    const end = { state: 'completed', answer, finishedAtMs: clock.now() } as const
    return sendJson(response, 200, events.ended(end))
  }
  const stream = openEventStream(response, { clock })
  try {
    await sendEvents(stream, events.opening())
    for await (const said of follow()) await sendEvents(stream, said)
    stream.end()
  } catch (error) {
    if (!stream.signal.aborted) throw error
  } finally {
    stream.release()
  }

  async function* follow(): AsyncGenerator<readonly ResponseEvent[]> {
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
}
