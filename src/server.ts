/** The server: HTTP, WebSocket and the OpenAI wire format over an application. */

import { fileURLToPath } from 'node:url'

export { faultRoutes } from './server/fault-routes.ts'
export { readJson } from './server/read-json.ts'
export { type Exchange, type Handler, type Routes, sendJson } from './server/router.ts'
export { type RunningServer, type ServerOptions, startServer } from './server/start-server.ts'

/** The folder with the browser's client, to be served to pages that follow answers. */
export const clientFolder = fileURLToPath(new URL('client', import.meta.url))

/** The folder with the studio, the page that shows calls and their waterfalls. */
export const studioFolder = fileURLToPath(new URL('studio', import.meta.url))
