import { createHoldfast } from '../app/create-holdfast.ts'
import type { HoldfastParts } from '../app/holdfast.ts'
import { HoldfastError } from '../base/errors.ts'
import { createLogger } from '../telemetry/logger.ts'
import { drawWaterfall } from '../telemetry/waterfall.ts'
import { loadConfig } from './load-config.ts'

/** `holdfast traces`: the last calls, a line each, newest first. */
export async function tracesCommand(flags: { readonly config?: string }): Promise<void> {
  await withApp(flags.config, async (app) => {
    const traces = await app.traces.list({ limit: 50 })
    for (const trace of traces) {
      const time = new Date(trace.startedAtMs).toISOString()
      const source = trace.attributes['holdfast.source'] ?? trace.status
      process.stdout.write(
        `${time}  ${trace.traceId}  ${String(Math.round(trace.durationMs)).padStart(6)} ms  ${String(source).padEnd(8)}  ${trace.name}\n`,
      )
    }
    if (traces.length === 0) process.stdout.write('No trace is stored yet.\n')
  })
}

/** `holdfast trace <id>`: the waterfall of one call. */
export async function traceCommand(id: string, flags: { readonly config?: string }): Promise<void> {
  await withApp(flags.config, async (app) => {
    const trace = await app.traces.get(id)
    if (!trace) {
      throw new HoldfastError(
        'NOT_FOUND',
        `There is no trace ${JSON.stringify(id)}. holdfast traces lists them.`,
        { kind: 'trace', id },
      )
    }
    process.stdout.write(`${drawWaterfall(trace)}\n`)
  })
}

async function withApp(
  config: string | undefined,
  work: (app: HoldfastParts) => Promise<void>,
): Promise<void> {
  const logger = createLogger(process.env.LOG_LEVEL ?? 'error')
  const app = await createHoldfast({ ...(await loadConfig(config)), concurrency: 0, logger })
  try {
    await work(app)
  } finally {
    await app.close()
  }
}
