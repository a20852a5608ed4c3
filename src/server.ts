/** The server: HTTP, WebSocket and the OpenAI wire format over an application. */

export { clientFolder, studioFolder } from './server/bundled-pages.ts'
export { faultRoutes } from './server/fault-routes.ts'
export { readJson } from './server/read-json.ts'
export { type Exchange, type Handler, type Routes, sendJson } from './server/router.ts'
export { type RunningServer, type ServerOptions, startServer } from './server/start-server.ts'
