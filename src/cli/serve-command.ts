import { createHoldfast } from '../app/create-holdfast.ts'
import type { HoldfastParts } from '../app/holdfast.ts'
import { sleep, systemClock } from '../base/clock.ts'
import { invalidConfig } from '../base/errors.ts'
import { clientFolder, studioFolder } from '../server/bundled-pages.ts'
import { type RunningServer, startServer } from '../server/start-server.ts'
import { loadConfig } from './load-config.ts'
import { parseCount } from './parse-count.ts'
import { onStopSignal } from './stop-signal.ts'

export interface ServeFlags {
  readonly config?: string
  readonly port?: string
  readonly host?: string
  readonly concurrency?: string
}

/** `holdfast serve`: the HTTP and WebSocket server over the pipelines of the config file. */
export async function serveCommand(flags: ServeFlags): Promise<void> {
  const config = await loadConfig(flags.config)
  const { concurrency } = flags
  const app = await createHoldfast({
    ...config,
    ...(concurrency !== undefined && { concurrency: parseCount('--concurrency', concurrency) }),
  })
  const apiKey = process.env.HOLDFAST_API_KEY
  const server = await startServer({
    app,
    port: parsePort(flags.port ?? process.env.PORT),
    ...(flags.host !== undefined && { host: flags.host }),
    ...(apiKey !== undefined && { apiKey }),
    pages: { '/studio': studioFolder, '/client': clientFolder, ...config.pages },
  }).catch(async (error: unknown) => {
    await app.close(0)
    throw error
  })
  process.stdout.write(
    `Holdfast listens on ${server.url} (answers come from ${app.chosenModels})\n`,
  )
  onStopSignal(() => stop(server, app))
}

/** How long the responses that are under way may take. */
const graceMs = 10_000

/** Who still follows an answer after the grace is cut off by the end of the log, and resumes elsewhere. */
async function stop(server: RunningServer, app: HoldfastParts): Promise<void> {
  const closed = server.close()
  await Promise.race([closed, sleep(systemClock, graceMs)])
  await app.close(graceMs)
  await closed
}

export function parsePort(text: string | undefined): number {
  if (text === undefined || text === '') return 8787
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw invalidConfig('port', text, 'a whole number from 0 to 65535')
  }
  return port
}
