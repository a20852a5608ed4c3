import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** How a WebSocket of a browser, which cannot set headers, brings its key: as a subprotocol. */
const keyProtocol = 'holdfast.key.'

/** Whether a request may use the API. */
export interface Access {
  allows(request: IncomingMessage): boolean
}

/**
 * With a key, every request to the API bears it: `Authorization: Bearer <key>`, or for sockets the
 * subprotocol `holdfast.key.<key>`. Without one, only pages of the server's own origin and programs
 * that are no browser are let in, so that a page of another site cannot use a server on loopback.
 */
export function createAccess(apiKey: string | undefined): Access {
  return {
    allows(request) {
      if (apiKey !== undefined) return sameSecret(keyOf(request), apiKey)
      return isSameOrigin(request)
    },
  }
}

function keyOf(request: IncomingMessage): string {
  const authorization = request.headers.authorization ?? ''
  if (/^bearer /i.test(authorization)) return authorization.slice('bearer '.length).trim()
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',')
  const protocol = protocols.map((each) => each.trim()).find((each) => each.startsWith(keyProtocol))
  return protocol?.slice(keyProtocol.length) ?? ''
}

/** Digests have one length, so the comparison tells nothing about the secret's. */
function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

function isSameOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
