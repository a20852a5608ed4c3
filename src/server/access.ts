import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { HoldfastError } from '../base/errors.ts'

/** How a WebSocket of a browser, which cannot set headers, brings its key: as a subprotocol. */
const keyProtocol = 'holdfast.key.'

/** Whether a request may use the API, and for whom. */
export interface Access {
  allows(request: IncomingMessage): boolean
  /**
   * The user whose responses and chats a request may see; undefined where the server knows no users, and
   * all that may use the API share everything.
   *
   * @throws FORBIDDEN where it is nobody's who may.
   */
  userOf(request: IncomingMessage): Promise<string | undefined>
}

/** Tells whose a request is, by what it bears: the cookie of a session, a token. Undefined: nobody's. */
export type KnownUser = (
  request: IncomingMessage,
) => string | undefined | Promise<string | undefined>

/**
 * With a key, every request to the API bears it: `Authorization: Bearer <key>`, or for sockets the
 * subprotocol `holdfast.key.<key>`. Without one, only pages of the server's own origin and programs
 * that are no browser are let in, so that a page of another site cannot use a server on loopback. With
 * `knownUser`, what is for users asks that instead of the key.
 */
export function createAccess(apiKey: string | undefined, knownUser?: KnownUser): Access {
  function allows(request: IncomingMessage): boolean {
    if (apiKey !== undefined) return sameSecret(keyOf(request), apiKey)
    return isSameOrigin(request)
  }

  async function userOf(request: IncomingMessage): Promise<string | undefined> {
    if (!knownUser && allows(request)) return undefined
    // A browser sends the cookie of a session also with what a page of another site asks for.
    const userId = knownUser && isSameOrigin(request) ? await knownUser(request) : undefined
    if (userId !== undefined) return userId
    const message = knownUser
      ? 'The request does not say whose it is, or comes from a page of another site.'
      : 'The request bears no key that is known here, or comes from a page of another site.'
    throw new HoldfastError('FORBIDDEN', message, { kind: 'user', id: '' })
  }

  return { allows, userOf }
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
