import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import sirv from 'sirv'
import type { HoldfastParts } from '../app/holdfast.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import { HoldfastError, invalidConfig, messageOf } from '../base/errors.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import { createAccess, type KnownUser } from './access.ts'
import { apiRoutes } from './api-routes.ts'
import { chatRoutes } from './chat/chat-routes.ts'
import { rightsOf } from './live-rights.ts'
import { liveRoutes } from './live-routes.ts'
import { openaiRoutes } from './openai-routes.ts'
import { problem, problemOf, retryAfterSeconds } from './problem.ts'
import { responsesRoutes } from './responses/responses-routes.ts'
import { createRouter, type Routes, sendJson } from './router.ts'
import { serveSockets } from './serve-sockets.ts'

export interface ServerOptions {
  readonly app: HoldfastParts
  /** Default 127.0.0.1: nobody else can reach it. */
  readonly host?: string
  /** Default 8787; 0 takes a free one. */
  readonly port?: number
  /** Requests to /v1 have to bear it. Without it only programs and the server's own pages are let in. */
  readonly apiKey?: string
  /**
   * Tells whose a request is. With it the addresses of OpenAI's Responses and of chats are open to users
   * without the key, and what is a user's is for everybody else not there. It needs `apiKey`, which
   * keeps them from the rest. Default: whoever may use the API sees all.
   */
  readonly user?: KnownUser
  /** The application's own addresses beside /v1, such as `POST /demo/faults`. */
  readonly routes?: Routes
  /** Folders of static files by the path under which they are served, such as `{ '/': './public' }`. */
  readonly pages?: Readonly<Record<string, string>>
  /** Default 1 MiB. */
  readonly maxBodyBytes?: number
  readonly clock?: Clock
  /** Default: that of the application. */
  readonly telemetry?: Telemetry
}

export interface RunningServer {
  readonly url: string
  readonly port: number
  /**
   * Takes no more requests, ends sockets and event streams that only follow, whose clients resume at
   * another server, and waits until the last response is out.
   */
  close(): Promise<void>
}

const defaultMaxBodyBytes = 1024 * 1024

/**
 * Serves an application over HTTP and WebSocket. It does not own the application: close both.
 *
 * @throws ADDRESS_UNAVAILABLE when the port is taken or the host is not of this machine; INVALID_CONFIG
 * without `app`, and for `user` without `apiKey`.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  if (!(options.app?.pipelines instanceof Map)) {
    throw invalidConfig('app', typeof options.app, 'an application, as createHoldfast gives it')
  }
  const {
    app,
    host = '127.0.0.1',
    port = 8787,
    clock = systemClock,
    telemetry = app.telemetry,
  } = options
  const maxBodyBytes = options.maxBodyBytes ?? defaultMaxBodyBytes
  const stopping = new AbortController()
  if (options.user && options.apiKey === undefined) {
    throw invalidConfig('user', 'a function', 'an apiKey as well: without one users may see all')
  }
  const access = createAccess(options.apiKey, options.user)
  const protocols = { app, clock, telemetry, maxBodyBytes, access }
  const match = createRouter({
    ...apiRoutes({ app, clock, maxBodyBytes, stopping: stopping.signal }),
    ...openaiRoutes({ app, clock, maxBodyBytes }),
    ...options.routes,
  })
  const matchForUsers = createRouter({ ...responsesRoutes(protocols), ...chatRoutes(protocols) })
  const matchLive = createRouter(liveRoutes({ app, clock, telemetry }))
  const pages = Object.entries(options.pages ?? {}).map(([path, folder]) =>
    servePages(path, folder),
  )

  /** Responses to those who look at an answer, or follow it, while it is made elsewhere. */
  const followings = new Set<ServerResponse>()

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const method = request.method ?? 'GET'
    const live = matchLive(method, url.pathname)
    const forUsers = matchForUsers(method, url.pathname)
    const found = live ?? forUsers ?? match(method, url.pathname)
    if (!found) return serveStatic(pages, request, response, url)
    if (live || (forUsers && method === 'GET')) {
      followings.add(response)
      response.once('close', () => followings.delete(response))
    }
    // What is for users asks by itself who it is, and refuses in the words of its protocol.
    const isAllowed = () => (forUsers || access.allows(request) ? 'all' : undefined)
    const rights = live ? await rightsOf(request, url, { app, clock, access }) : isAllowed()
    if (rights === undefined) {
      return sendProblem(
        response,
        problem(
          options.apiKey === undefined ? 403 : 401,
          'FORBIDDEN',
          'The request bears no key or ticket that holds here, or comes from a page of another site.',
        ),
      )
    }
    if ('allowed' in found) {
      const detail = `${request.method} is not served at ${url.pathname}; ${found.allowed.join(', ')} is.`
      return sendProblem(response, problem(405, 'METHOD_NOT_ALLOWED', detail), {
        allow: found.allowed.join(', '),
      })
    }
    const gone = new AbortController()
    response.once('close', () => {
      if (!response.writableFinished)
        gone.abort(new DOMException('The client has gone.', 'AbortError'))
    })
    await found.handler({
      request,
      response,
      url,
      params: found.params,
      rights,
      signal: gone.signal,
    })
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => fail(response, error, telemetry))
  })
  const sockets = serveSockets(server, protocols)
  await listen(server, host, port)
  const address = server.address() as AddressInfo
  const shownHost = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return {
    url: `http://${shownHost.includes(':') ? `[${shownHost}]` : shownHost}:${address.port}`,
    port: address.port,
    async close() {
      stopping.abort()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await sockets.close()
      // Cut and not ended: an end without its last event would be one to the client.
      for (const response of followings) if (response.headersSent) response.destroy()
      server.closeIdleConnections()
      await closed
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const way =
        error.code === 'EADDRINUSE'
          ? 'another program listens there. Stop it, or choose another port with PORT=<port>'
          : `${messageOf(error)}. Choose another host or port`
      reject(
        new HoldfastError(
          'ADDRESS_UNAVAILABLE',
          `The server cannot listen on ${host}:${port}: ${way}.`,
          { host, port },
          { cause: error },
        ),
      )
    })
    server.listen(port, host, () => resolve())
  })
}

function fail(response: ServerResponse, error: unknown, telemetry: Telemetry): void {
  // The client aborted; there is nobody to answer.
  if (response.destroyed) return
  const found = problemOf(error)
  if (found.status >= 500) telemetry.log('error', 'A request failed.', { code: found.code }, error)
  // Half an answer must not look like a whole one: the connection is cut.
  if (response.headersSent) {
    response.destroy()
    return
  }
  const seconds = retryAfterSeconds(error)
  sendProblem(response, found, seconds === undefined ? {} : { 'retry-after': String(seconds) })
}

function sendProblem(
  response: ServerResponse,
  body: ReturnType<typeof problem>,
  headers: Readonly<Record<string, string>> = {},
): void {
  // The rest of a body that nobody reads would stand in front of the next request.
  sendJson(response, body.status, body, {
    'content-type': 'application/problem+json',
    connection: 'close',
    ...headers,
  })
}

interface Pages {
  readonly prefix: string
  readonly serve: ReturnType<typeof sirv>
}

function servePages(path: string, folder: string): Pages {
  const prefix = path.endsWith('/') ? path : `${path}/`
  return { prefix, serve: sirv(folder, { dev: true, dotfiles: false }) }
}

/** The longest path that fits serves the file. */
function serveStatic(
  pages: readonly Pages[],
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): void {
  const notFound = () =>
    sendProblem(response, problem(404, 'NOT_FOUND', `Nothing is served at ${url.pathname}.`))
  const fitting = pages
    .filter(({ prefix }) => url.pathname.startsWith(prefix))
    .toSorted((left, right) => right.prefix.length - left.prefix.length)
  const [page] = fitting
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (!page || !isRead) {
    notFound()
    return
  }
  request.url = `/${url.pathname.slice(page.prefix.length)}${url.search}`
  page.serve(request, response, notFound)
}
