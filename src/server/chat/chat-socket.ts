import { linkAbort } from '../../base/abort.ts'
import { HoldfastError } from '../../base/errors.ts'
import { isRecord } from '../../base/json.ts'
import { isCursor } from '../../live/cursor.ts'
import type { JsonSocket } from '../json-socket.ts'
import { problemOf } from '../problem.ts'
import { type Fields, wrong } from '../read-fields.ts'
import type { SocketProtocol } from '../socket-protocol.ts'
import { parseChatId, parseChatRequest } from './chat-request.ts'
import { createChats } from './chats.ts'

/** RFC 6455: a message that breaks the rules of this end. */
const policyViolation = 1_008

/** A page shows a handful of chats; this bounds what one socket can make the server hold. */
const mostRequests = 64

/** One request of the page that is being answered. */
interface Answering {
  readonly requestId: string
  /** Aborts when the page aborts the request, or is gone. */
  readonly signal: AbortSignal
  abort(): void
  /** What is followed, as soon as that is known. */
  answerId: string | undefined
}

/**
 * The server's side of the AI SDK's `WebSocketChatTransport`: `send`, `resume` and `abort` of many chats
 * on one socket, each with the `requestId` by which the page tells its answers apart. An `abort` stops
 * the answer, whoever else follows it; a socket that closes stops nothing, and its page resumes.
 */
export const chatSocket: SocketProtocol = ({ app, clock }, userId, params) => {
  const chats = createChats({ app, clock, pipeline: params.pipeline ?? '', userId })
  const answering = new Map<string, Answering>()

  async function send(socket: JsonSocket, frame: Fields, request: Answering): Promise<void> {
    // The transport keeps what belongs to the body in a member of its own.
    const body = isRecord(frame.body) ? frame.body : {}
    const asked = parseChatRequest({ ...body, id: frame.id, messages: frame.messages })
    request.answerId = await chats.send(asked)
    // It was aborted while it was being accepted.
    if (request.signal.aborted && !socket.signal.aborted) await app.cancel(request.answerId)
    await follow(socket, request, -1)
  }

  async function resume(socket: JsonSocket, frame: Fields, request: Answering): Promise<void> {
    const { requestId } = request
    const after = frame.lastSequence ?? -1
    if (after !== -1 && !isCursor(after)) throw wrong('lastSequence', 'a whole number from 0')
    request.answerId = await chats.resumable(parseChatId(frame.id))
    if (request.answerId === undefined) return socket.say({ type: 'no-active', requestId })
    await socket.say({ type: 'start', requestId })
    await follow(socket, request, after)
  }

  async function follow(socket: JsonSocket, request: Answering, after: number): Promise<void> {
    const { requestId, answerId = '', signal } = request
    let sequence = 0
    for await (const chunks of chats.follow(answerId, signal)) {
      for (const chunk of chunks) {
        const frame = { type: 'chunk', requestId, sequence, chunk }
        if (sequence++ > after) await socket.say(frame, signal)
      }
    }
    await socket.say({ type: 'end', requestId }, signal)
  }

  async function answer(socket: JsonSocket, frame: Fields, requestId: string): Promise<void> {
    if (answering.has(requestId)) throw wrong('requestId', 'one that is not being answered')
    if (answering.size >= mostRequests) throw tooManyRequests()
    const { signal, abort, release } = linkAbort(socket.signal)
    const request: Answering = {
      requestId,
      signal,
      abort: () => abort(new DOMException('The page aborted.', 'AbortError')),
      answerId: undefined,
    }
    answering.set(requestId, request)
    try {
      if (frame.type === 'send') await send(socket, frame, request)
      else if (frame.type === 'resume') await resume(socket, frame, request)
      else throw wrong('type', 'send, resume or abort')
    } catch (error) {
      // Who aborted expects nothing more of the request.
      if (!signal.aborted) throw error
    } finally {
      release()
      answering.delete(requestId)
    }
  }

  async function abort(requestId: string): Promise<void> {
    const request = answering.get(requestId)
    request?.abort()
    if (request?.answerId !== undefined) await app.cancel(request.answerId)
  }

  return async (message, socket) => {
    const frame: Fields = isRecord(message) ? message : {}
    const { requestId } = frame
    if (typeof requestId !== 'string' || requestId === '') {
      socket.close(policyViolation, 'a frame without requestId')
      return
    }
    try {
      if (frame.type === 'abort') await abort(requestId)
      else await answer(socket, frame, requestId)
    } catch (error) {
      if (socket.signal.aborted) return
      await socket.say({ type: 'error', requestId, errorText: problemOf(error).detail })
    }
  }
}

function tooManyRequests(): HoldfastError<'OVERLOADED'> {
  const message = `A socket answers at most ${mostRequests} requests at a time. Wait for one to end.`
  return new HoldfastError('OVERLOADED', message, { retryAfterMs: 1_000 })
}
