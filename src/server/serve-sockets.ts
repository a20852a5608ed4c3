import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { maxMessageBytes } from '../live/live-limits.ts'
import { serveLiveSocket } from '../live/live-socket.ts'
import { checkRights, rightsOf } from './live-rights.ts'
import { openProtocolSockets } from './protocol-sockets.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'
import type { ProtocolSocketsOptions } from './socket-protocol.ts'

const livePath = '/v1/live'

/** Going away, RFC 6455: the server stops, and clients resume elsewhere or later. */
const goingAway = 1_001

/** Accepts WebSockets: the live protocol at /v1/live, and those of other people where they expect them. */
export function serveSockets(
  server: Server,
  options: ProtocolSocketsOptions,
): { close(): Promise<void> } {
  const { app, clock, telemetry } = options
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    // A key in a subprotocol is not echoed, so that it stands in no log of responses.
    handleProtocols: (protocols) => (protocols.has('holdfast.v1') ? 'holdfast.v1' : false),
  })
  const serving = new Set<Promise<void>>()
  const protocols = openProtocolSockets(options)

  async function accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname !== livePath) return protocols.accept(request, socket, head)
    const rights = await rightsOf(request, url, options)
    if (rights === undefined) return refuseUpgrade(socket, 403, 'Forbidden')
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const served = serveLiveSocket(webSocket, {
        log: app.events,
        groups: app.groups,
        clock,
        telemetry,
        authorize: async (target) => {
          await checkRights(app, rights, target)
          return true
        },
        cancel: async (answerId) => {
          await app.cancel(answerId)
        },
      }).finally(() => serving.delete(served))
      serving.add(served)
    })
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', (error) => telemetry.log('debug', 'A socket broke.', {}, error))
    accept(request, socket, head).catch((error: unknown) => {
      telemetry.log('error', 'A socket could not be accepted.', {}, error)
      refuseUpgrade(socket, 503, 'Service Unavailable')
    })
  })

  return {
    async close() {
      for (const socket of sockets.clients) socket.close(goingAway, 'the server stops')
      sockets.close()
      await Promise.all([...serving, protocols.close()])
    },
  }
}
