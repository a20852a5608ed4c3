import { join } from 'node:path'
import { systemClock } from '../base/clock.ts'
import { createQueueEngine } from '../jobs/queue-engine.ts'
import { createEventLog } from '../live/event-log.ts'
import { listPrices } from '../model/price.ts'
import type { PipelineHandle } from '../pipeline/handle.ts'
import { createTelemetry } from '../telemetry/create-telemetry.ts'
import { createLogger } from '../telemetry/logger.ts'
import { createRedactor } from '../telemetry/redact/redactor.ts'
import { assembleParts } from './assemble-parts.ts'
import { checkNames } from './check-names.ts'
import { chooseModels } from './choose-models.ts'
import type { Holdfast, HoldfastConfig, HoldfastParts, Pipelines } from './holdfast.ts'
import { openHealth } from './open-health.ts'
import { openPrecomputer } from './open-precomputer.ts'
import { openDataFolder, openStores } from './open-stores.ts'
import { openSummaries } from './open-summaries.ts'
import { prepareAll } from './prepare-all.ts'
import { startChecks } from './start-checks.ts'
import { startJobs } from './start-jobs.ts'

/**
 * Opens the store and the queue, binds the pipelines to their models, checks their canned answers,
 * and starts the worker. Work that a crash left behind is taken up again.
 *
 * @throws INVALID_CONFIG, STORE_UNAVAILABLE or QUEUE_UNAVAILABLE, with what to do.
 */
export async function createHoldfast<P extends Pipelines>(
  config: HoldfastConfig<P>,
): Promise<Holdfast<P>> {
  checkNames(config.pipelines)
  const opened: Close[] = []
  try {
    return attachHandles(config.pipelines, await open(config, opened))
  } catch (error) {
    // A half-started application holds nothing back: no file, no timer, no socket.
    for (const close of opened.toReversed()) await close()
    throw error
  }
}

type Close = () => Promise<void>

/** Opens in the order in which each needs those before it, and notes how to undo it. */
async function open(config: HoldfastConfig, opened: Close[]): Promise<HoldfastParts> {
  const clock = config.clock ?? systemClock
  const dataFolder = openDataFolder(config)
  const engine = createQueueEngine(
    config.queue ?? process.env.HOLDFAST_QUEUE ?? `sqlite:${join(dataFolder, 'queue.db')}`,
  )
  const warnings = await engine.check()
  const { store, warnings: storeWarnings } = await openStores(config, clock)
  opened.push(() => store.close())
  const redactor = createRedactor(config.redaction)
  const telemetry = createTelemetry({
    ...config.telemetry,
    clock,
    logger: config.logger ?? createLogger(process.env.LOG_LEVEL),
    redactor,
    traces: store.traces,
    prices: { ...listPrices, ...config.prices },
  })
  opened.push(() => telemetry.flush())
  for (const warning of warnings) telemetry.log('warn', warning, { queue: engine.location })
  for (const warning of storeWarnings) telemetry.log('warn', warning)
  const chosen = await chooseModels(config.models, process.env)
  opened.push(() => chosen.close())
  const health = await openHealth(config, clock, telemetry)
  opened.push(() => health.close())
  const events = createEventLog({ store: store.events, clock, telemetry })
  opened.push(() => events.close())
  const ahead = openPrecomputer({ clock, telemetry, store, events })
  const summaries = await openSummaries(engine, telemetry)
  opened.push(() => summaries.close())
  const prepared = await prepareAll(config, {
    summaries,
    clock,
    telemetry,
    store,
    chosen,
    redactor,
    health: health.shared,
    precomputer: ahead.precomputer,
  })
  const { precomputer } = ahead
  const parts = { clock, prepared, store, events, telemetry, precomputer }
  const checks = await startChecks(config, { engine, clock, telemetry, store })
  opened.push(() => checks.close())
  const jobs = await startJobs(config, { ...parts, engine })
  ahead.connect(jobs)
  if (config.concurrency !== 0) {
    summaries.work(prepared)
    precomputer.startSchedules()
  }
  return assembleParts({ ...parts, jobs, checks, summaries, chosen, health })
}

function attachHandles<P extends Pipelines>(pipelines: P, parts: HoldfastParts): Holdfast<P> {
  const named: Record<string, PipelineHandle | undefined> = {}
  for (const [key, { name }] of Object.entries(pipelines)) named[key] = parts.pipelines.get(name)
  // Each handle was made from the pipeline of that key, which carries the types.
  return { ...parts, ...named } as Holdfast<P>
}
