import type { HoldfastParts } from '../../app/holdfast.ts'
import type { Clock } from '../../base/clock.ts'
import type { Telemetry } from '../../base/telemetry-port.ts'
import type { Access } from '../access.ts'
import { openEventStream } from '../event-stream.ts'
import { readJson } from '../read-json.ts'
import { type Exchange, type Routes, sendJson } from '../router.ts'
import { parseTraceParent } from '../trace-parent.ts'
import { parseChatId, parseChatRequest } from './chat-request.ts'
import { type Chats, createChats } from './chats.ts'

export interface ChatRoutesOptions {
  readonly app: HoldfastParts
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly maxBodyBytes: number
  readonly access: Access
}

/**
 * What the AI SDK's `useChat` expects behind `DefaultChatTransport({ api })`: a message is answered by a
 * UI message stream, an interrupted stream is sent again from its start, and a chat is stopped. A page
 * that goes, or calls the hook's own `stop`, only disconnects; these cannot be told apart.
 */
export function chatRoutes(options: ChatRoutesOptions): Routes {
  const { app, clock, access, maxBodyBytes } = options
  const chatsOf = async ({ request, params }: Exchange) =>
    createChats({
      app,
      clock,
      pipeline: params.pipeline ?? '',
      userId: await access.userOf(request),
    })
  return {
    'POST /v1/pipelines/:pipeline/chat': async (exchange) => {
      const chats = await chatsOf(exchange)
      const request = parseChatRequest(await readJson(exchange.request, maxBodyBytes))
      const answerId = await chats.send(request, parseTraceParent(exchange.request.headers))
      await streamChat(exchange, chats, answerId, options)
    },

    'GET /v1/pipelines/:pipeline/chat/:chat/stream': async (exchange) => {
      const chats = await chatsOf(exchange)
      const answerId = await chats.resumable(parseChatId(exchange.params.chat))
      if (answerId === undefined) exchange.response.writeHead(204).end()
      else await streamChat(exchange, chats, answerId, options)
    },

    'POST /v1/pipelines/:pipeline/chat/:chat/stop': async (exchange) => {
      const chats = await chatsOf(exchange)
      const stopped = await chats.stop(parseChatId(exchange.params.chat))
      sendJson(exchange.response, 200, { success: true, stopped })
    },
  }
}

async function streamChat(
  { response }: Exchange,
  chats: Chats,
  answerId: string,
  { clock, telemetry }: ChatRoutesOptions,
): Promise<void> {
  const stream = openEventStream(response, {
    clock,
    headers: { 'x-vercel-ai-ui-message-stream': 'v1', 'x-holdfast-answer': answerId },
  })
  try {
    for await (const chunks of chats.follow(answerId, stream.signal)) {
      await stream.send(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''))
    }
    await stream.send('data: [DONE]\n\n')
    stream.end()
  } catch (error) {
    if (!stream.signal.aborted) {
      telemetry.log('error', 'A stream of a chat failed; the page resumes it.', { answerId }, error)
    }
  } finally {
    stream.release()
  }
}
