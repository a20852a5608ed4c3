import { createHoldfast } from '../app/create-holdfast.ts'
import { invalidConfig } from '../base/errors.ts'
import { startServer } from '../server/start-server.ts'
import { loadConfig } from './load-config.ts'
import { onStopSignal } from './stop-signal.ts'

export interface ServeFlags {
  readonly config?: string
  readonly port?: string
  readonly host?: string
}

/** `holdfast serve`: the HTTP and WebSocket server over the pipelines of the config file. */
export async function serveCommand(flags: ServeFlags): Promise<void> {
  const config = await loadConfig(flags.config)
  const app = await createHoldfast(config)
  const apiKey = process.env.HOLDFAST_API_KEY
  const server = await startServer({
    app,
    port: parsePort(flags.port ?? process.env.PORT),
    ...(flags.host !== undefined && { host: flags.host }),
    ...(apiKey !== undefined && { apiKey }),
    ...(config.pages && { pages: config.pages }),
  }).catch(async (error: unknown) => {
    await app.close(0)
    throw error
  })
  process.stdout.write(
    `Holdfast listens on ${server.url} (answers come from ${app.chosenModels})\n`,
  )
  onStopSignal(async () => {
    await server.close()
    await app.close()
  })
}

export function parsePort(text: string | undefined): number {
  if (text === undefined || text === '') return 8787
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw invalidConfig('port', text, 'a whole number from 0 to 65535')
  }
  return port
}
