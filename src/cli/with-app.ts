import { createHoldfast } from '../app/create-holdfast.ts'
import type { HoldfastParts } from '../app/holdfast.ts'
import { createLogger } from '../telemetry/logger.ts'
import { type ConfigFile, loadConfig } from './load-config.ts'

/** Opens the application of a config file for one command; it takes no jobs and logs only errors. */
export async function withApp<Result>(
  configFile: string | undefined,
  work: (app: HoldfastParts, config: ConfigFile) => Promise<Result>,
): Promise<Result> {
  const logger = createLogger(process.env.LOG_LEVEL ?? 'error')
  const config = await loadConfig(configFile)
  const app = await createHoldfast({ ...config, concurrency: 0, logger })
  try {
    return await work(app, config)
  } finally {
    await app.close()
  }
}
