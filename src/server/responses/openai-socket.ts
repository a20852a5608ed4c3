import type { HoldfastParts } from '../../app/holdfast.ts'
import { HoldfastError } from '../../base/errors.ts'
import { isRecord } from '../../base/json.ts'
import { isCursor } from '../../live/cursor.ts'
import type { JsonSocket } from '../json-socket.ts'
import { text, wrong } from '../read-fields.ts'
import type { ProtocolSocketsOptions, SocketProtocol } from '../socket-protocol.ts'
import { acceptResponse, prepareResponse } from './accept-response.ts'
import { findResponse } from './find-response.ts'
import { followResponse } from './follow-response.ts'
import { openaiErrorOf } from './openai-error.ts'
import type { ResponseEvent } from './response-events.ts'
import { parseResponseRequest } from './response-request.ts'
import { unstoredEvents } from './unstored-response.ts'

/** A client runs its turns one after the other, or side by side on lanes. */
const mostLanes = 64

type Message = Readonly<Record<string, unknown>>
type Events = AsyncIterable<readonly ResponseEvent[]>

/**
 * The WebSocket mode of OpenAI's Responses API: `response.create` is answered by the events of the
 * response, with the `stream_id` of its lane where it has one. Ours besides: `background: true`, which
 * outlives the socket, `response.resume` with `starting_after`, and `response.cancel`.
 */
export const openaiSocket: SocketProtocol = (options, userId) => {
  const { app, clock } = options
  const lanes = new Set<string | undefined>()

  async function create(socket: JsonSocket, { type, stream_id, ...body }: Message) {
    const request = parseResponseRequest(body)
    const caller = { userId, traceParent: undefined }
    const prepared = await prepareResponse(options, request, caller)
    if (!request.store) return unstoredEvents(prepared, clock, socket.signal)
    const accepted = await acceptResponse(options, prepared, caller)
    const events = followResponse(options, accepted, socket.signal)
    return request.background ? events : cancelWhenLeft(events, accepted.record.id, options, socket)
  }

  async function resume(socket: JsonSocket, message: Message): Promise<Events> {
    const id = text(message.response_id, 'response_id')
    return followResponse(options, await findResponse(app, id, userId), socket.signal)
  }

  async function cancel(message: Message): Promise<void> {
    const { record } = await findResponse(app, text(message.response_id, 'response_id'), userId)
    await app.cancel(record.id)
  }

  async function answer(socket: JsonSocket, message: Message, lane: Message): Promise<void> {
    switch (message.type) {
      case 'response.create':
        return sayEvents(socket, await create(socket, message), lane)
      case 'response.resume': {
        const after = message.starting_after ?? -1
        if (after !== -1 && !isCursor(after)) throw wrong('starting_after', 'a whole number from 0')
        return sayEvents(socket, await resume(socket, message), lane, after)
      }
      case 'response.cancel':
        return cancel(message)
      default:
        throw wrong('type', 'response.create, response.resume or response.cancel')
    }
  }

  return async (received, socket) => {
    const message = isRecord(received) ? received : {}
    const streamId = typeof message.stream_id === 'string' ? message.stream_id : undefined
    const lane = streamId === undefined ? {} : { stream_id: streamId }
    const occupies = message.type !== 'response.cancel'
    let taken = false
    try {
      if (occupies) takeLane(lanes, streamId)
      taken = occupies
      await answer(socket, message, lane)
    } catch (thrown) {
      if (socket.signal.aborted) return
      const { status, error } = openaiErrorOf(thrown)
      await socket.say({ type: 'error', status, error, ...lane })
    } finally {
      if (taken) lanes.delete(streamId)
    }
  }
}

/** The events of two responses on one lane could not be told apart. */
function takeLane(lanes: Set<string | undefined>, streamId: string | undefined): void {
  if (lanes.has(streamId)) {
    throw wrong('stream_id', 'another one, or the response before has to end: its lane is taken')
  }
  if (lanes.size >= mostLanes) {
    const message = `A socket carries at most ${mostLanes} responses at a time. Wait for one to end.`
    throw new HoldfastError('OVERLOADED', message, { retryAfterMs: 1_000 })
  }
  lanes.add(streamId)
}

async function sayEvents(
  socket: JsonSocket,
  events: Events,
  lane: Message,
  after = -1,
): Promise<void> {
  for await (const lot of events) {
    for (const event of lot) {
      if (event.sequence_number > after) await socket.say({ ...event, ...lane })
    }
  }
}

/** Who leaves in the foreground does not want the response any more. */
async function* cancelWhenLeft(
  events: Events,
  answerId: string,
  {
    app,
    telemetry,
  }: { readonly app: HoldfastParts; readonly telemetry: ProtocolSocketsOptions['telemetry'] },
  { signal }: JsonSocket,
): AsyncGenerator<readonly ResponseEvent[]> {
  try {
    yield* events
  } finally {
    if (signal.aborted) {
      await app
        .cancel(answerId)
        .catch((error: unknown) =>
          telemetry.log('error', 'A response could not be cancelled.', { answerId }, error),
        )
    }
  }
}
