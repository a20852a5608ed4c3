import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { chatSocket } from './chat/chat-socket.ts'
import { type JsonSocketOptions, serveJsonSocket } from './json-socket.ts'
import { problemOf } from './problem.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'
import { openaiSocket } from './responses/openai-socket.ts'
import { matchPath } from './router.ts'
import type { ProtocolSocketsOptions, SocketProtocol } from './socket-protocol.ts'

/** By address, as routes are. */
const protocols: Readonly<Record<string, SocketProtocol>> = {
  '/v1/responses': openaiSocket,
  '/v1/pipelines/:pipeline/chat': chatSocket,
}

/** Going away, RFC 6455: the server stops, and clients resume elsewhere or later. */
const goingAway = 1_001

/** The WebSockets of other people's protocols: OpenAI's Responses and the AI SDK's chat transport. */
export function openProtocolSockets(options: ProtocolSocketsOptions): {
  /** Takes an upgrade, or refuses it where nothing is served or it is not allowed. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  close(): Promise<void>
} {
  const { access, clock, telemetry } = options
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: options.maxBodyBytes,
    // A key in a subprotocol is not echoed, so that it stands in no log of responses.
    handleProtocols: () => false,
  })
  const serving = new Set<Promise<void>>()

  function serve(webSocket: WebSocket, hear: JsonSocketOptions['hear']): void {
    const served = serveJsonSocket(webSocket, { clock, telemetry, hear }).finally(() =>
      serving.delete(served),
    )
    serving.add(served)
  }
  return {
    async accept(request, socket, head) {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      const [found] = Object.entries(protocols).flatMap(([pattern, protocol]) => {
        const params = matchPath(pattern, pathname)
        return params ? [{ protocol, params }] : []
      })
      if (!found) return refuseUpgrade(socket, 404, 'Not Found')
      try {
        const userId = await access.userOf(request)
        const hear = found.protocol(options, userId, found.params)
        sockets.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, hear))
      } catch (error) {
        const { status, title, code } = problemOf(error)
        if (status >= 500) telemetry.log('error', 'A socket was not accepted.', { code }, error)
        refuseUpgrade(socket, status, title)
      }
    },
    async close() {
      for (const socket of sockets.clients) socket.close(goingAway, 'the server stops')
      sockets.close()
      await Promise.all(serving)
    },
  }
}
