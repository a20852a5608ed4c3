import { linkAbort } from '../../base/abort.ts'
import { isRecord } from '../../base/json.ts'
import type { JsonSocket } from '../json-socket.ts'
import { problemOf } from '../problem.ts'
import { wrong } from '../read-fields.ts'
import type { SocketProtocol } from '../socket-protocol.ts'
import { parseChatId, parseChatRequest } from './chat-request.ts'
import { createChats } from './chats.ts'

/** RFC 6455: a message that breaks the rules of this end. */
const policyViolation = 1_008

/** One request of the page that is being answered. */
interface Answering {
  readonly chatId: string
  stop(): void
}

/**
 * The server's side of the AI SDK's `WebSocketChatTransport`: `send`, `resume` and `abort` of many chats
 * on one socket, each with the `requestId` by which the page tells its answers apart. An `abort` stops
 * the answer, whoever else follows it; a socket that closes stops nothing, and its page resumes.
 */
export const chatSocket: SocketProtocol = ({ app, clock }, userId, params) => {
  const chats = createChats({ app, clock, pipeline: params.pipeline ?? '', userId })
  const answering = new Map<string, Answering>()

  async function follow(
    socket: JsonSocket,
    request: { readonly requestId: string; readonly chatId: string; readonly after: number },
    answerId: string,
  ): Promise<void> {
    const { requestId, chatId, after } = request
    const leaving = linkAbort(socket.signal)
    answering.set(requestId, { chatId, stop: () => leaving.abort(undefined) })
    let sequence = 0
    try {
      for await (const chunks of chats.follow(answerId, leaving.signal)) {
        for (const chunk of chunks) {
          const frame = { type: 'chunk', requestId, sequence, chunk }
          if (sequence++ > after) await socket.say(frame, leaving.signal)
        }
      }
      await socket.say({ type: 'end', requestId })
    } catch (error) {
      if (!leaving.signal.aborted) throw error
    } finally {
      leaving.release()
      answering.delete(requestId)
    }
  }

  async function send(socket: JsonSocket, requestId: string, frame: Frame): Promise<void> {
    // The transport keeps what belongs to the body in a member of its own.
    const body = isRecord(frame.body) ? frame.body : {}
    const request = parseChatRequest({ ...body, id: frame.id, messages: frame.messages })
    const answerId = await chats.send(request)
    await follow(socket, { requestId, chatId: request.chatId, after: -1 }, answerId)
  }

  async function resume(socket: JsonSocket, requestId: string, frame: Frame): Promise<void> {
    const chatId = parseChatId(frame.id)
    const after = frame.lastSequence ?? -1
    if (typeof after !== 'number' || !Number.isSafeInteger(after)) {
      throw wrong('lastSequence', 'a whole number')
    }
    const answerId = await chats.resumable(chatId)
    if (answerId === undefined) return socket.say({ type: 'no-active', requestId })
    await socket.say({ type: 'start', requestId })
    await follow(socket, { requestId, chatId, after }, answerId)
  }

  async function abort(requestId: string): Promise<void> {
    const request = answering.get(requestId)
    if (!request) return
    request.stop()
    await chats.stop(request.chatId)
  }

  return async (message, socket) => {
    const frame = isRecord(message) ? message : {}
    const { requestId, type } = frame
    if (typeof requestId !== 'string' || requestId === '') {
      socket.close(policyViolation, 'a frame without requestId')
      return
    }
    try {
      if (type === 'send') await send(socket, requestId, frame)
      else if (type === 'resume') await resume(socket, requestId, frame)
      else if (type === 'abort') await abort(requestId)
      else throw wrong('type', 'send, resume or abort')
    } catch (error) {
      if (socket.signal.aborted) return
      await socket.say({ type: 'error', requestId, errorText: problemOf(error).detail })
    }
  }
}

type Frame = Readonly<Record<string, unknown>>
