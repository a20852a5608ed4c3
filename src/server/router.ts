import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LiveRights } from './live-rights.ts'

/** One request with what its path says. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  /** The named parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>
  /** What it may follow. With a ticket that is less than everything; only live routes take one. */
  readonly rights: LiveRights
  /** Aborts when the client has gone before the response was complete. */
  readonly signal: AbortSignal
}

export type Handler = (exchange: Exchange) => Promise<void> | void

/** Handlers by method and path pattern, such as `GET /v1/answers/:id`. */
export type Routes = Readonly<Record<string, Handler>>

export type Match =
  | { readonly handler: Handler; readonly params: Readonly<Record<string, string>> }
  /** The path is served, but not by that method. */
  | { readonly allowed: readonly string[] }

interface Route {
  readonly method: string
  readonly parts: readonly string[]
  readonly handler: Handler
}

/** Finds the handler of a request. Routes are few, so they are tried in order. */
export function createRouter(routes: Routes): (method: string, path: string) => Match | undefined {
  const table: Route[] = Object.entries(routes).map(([pattern, handler]) => {
    const [method = '', path = ''] = pattern.split(' ')
    return { method, parts: path.split('/'), handler }
  })
  return (method, path) => {
    const parts = path.split('/')
    const allowed: string[] = []
    for (const route of table) {
      const params = matchParts(route.parts, parts)
      if (!params) continue
      if (route.method === method) return { handler: route.handler, params }
      allowed.push(route.method)
    }
    return allowed.length > 0 ? { allowed } : undefined
  }
}

/** The named parts of a path that fits a pattern such as `/v1/answers/:id`; undefined where it does not. */
export function matchPath(
  pattern: string,
  path: string,
): Readonly<Record<string, string>> | undefined {
  return matchParts(pattern.split('/'), path.split('/'))
}

function matchParts(
  pattern: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const part = parts[index] ?? ''
    if (!expected.startsWith(':')) {
      if (expected !== part) return undefined
      continue
    }
    const decoded = decode(part)
    if (decoded === undefined || decoded === '') return undefined
    params[expected.slice(1)] = decoded
  }
  return params
}

/** A path part with a broken escape matches nothing. */
function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

/** Sends a value as JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(JSON.stringify(body))
}
