import { join } from 'node:path'
import { type Clock, systemClock } from '../base/clock.ts'
import { invalidConfig } from '../base/errors.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import type { AnswerJobs } from '../jobs/answer-jobs.ts'
import type { Precomputer } from '../jobs/precompute/precomputer.ts'
import { createQueueEngine } from '../jobs/queue-engine.ts'
import type { Schedule } from '../jobs/schedule.ts'
import { createEventLog, type EventLog } from '../live/event-log.ts'
import { listPrices } from '../model/price.ts'
import { createHandle, type PipelineHandle } from '../pipeline/handle.ts'
import { type PreparedPipeline, preparePipeline } from '../pipeline/prepare.ts'
import { createSharedHealth, type SharedHealth } from '../resilience/health.ts'
import { createRedisHealthStore } from '../resilience/redis/redis-health-store.ts'
import type { Stores } from '../store/shared/stores.ts'
import { createTelemetry, type LiveTelemetry } from '../telemetry/create-telemetry.ts'
import { createLogger } from '../telemetry/logger.ts'
import { createRedactor, type Redactor } from '../telemetry/redact/redactor.ts'
import { type ChosenModels, chooseModels } from './choose-models.ts'
import { createEnqueue } from './enqueue.ts'
import { forgetEverywhere } from './forget-everywhere.ts'
import type { Holdfast, HoldfastConfig, HoldfastParts, Pipelines } from './holdfast.ts'
import { openGroups } from './open-groups.ts'
import { openPrecomputer } from './open-precomputer.ts'
import { openDataFolder, openStores } from './open-stores.ts'
import { openSummaries, type Summaries } from './open-summaries.ts'
import { startChecks } from './start-checks.ts'
import { findPipeline, startJobs } from './start-jobs.ts'

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

const reservedNames = new Set([
  'pipelines',
  'answers',
  'events',
  'traces',
  'conversations',
  'tickets',
  'groups',
  'model',
  'cancel',
  'precomputeLedger',
  'retry',
  'jobProgress',
  'health',
  'metrics',
  'chosenModels',
  'telemetry',
  'close',
  'then',
])

function checkNames(pipelines: Pipelines): void {
  const seen = new Set<string>()
  for (const [key, pipeline] of Object.entries(pipelines)) {
    if (reservedNames.has(key)) {
      throw invalidConfig('pipelines', key, `another key; ${key} is a member of the application`)
    }
    if (seen.has(pipeline.name)) {
      throw invalidConfig('pipelines', pipeline.name, 'a name of its own for each pipeline')
    }
    seen.add(pipeline.name)
  }
  if (seen.size === 0) throw invalidConfig('pipelines', '{}', 'at least one pipeline')
}

interface OpenHealth {
  readonly shared: SharedHealth
  close(): Promise<void>
}

/** What one pipeline learns of a model is known to all, and where Redis is named to all processes. */
async function openHealth(
  config: HoldfastConfig,
  clock: Clock,
  telemetry: Telemetry,
): Promise<OpenHealth> {
  const connection = config.health ?? process.env.HOLDFAST_HEALTH
  if (!connection) return { shared: createSharedHealth({ clock }), close: async () => {} }
  const store = await createRedisHealthStore({ connection, clock, telemetry })
  return { shared: createSharedHealth({ clock, store }), close: () => store.close() }
}

interface Foundations {
  readonly clock: Clock
  readonly telemetry: LiveTelemetry
  readonly store: Stores
}

async function prepareAll(
  config: HoldfastConfig,
  {
    clock,
    telemetry,
    store,
    chosen,
    redactor,
    health,
    precomputer,
    summaries,
  }: Foundations & {
    readonly summaries: Summaries
    readonly chosen: ChosenModels
    readonly redactor: Redactor
    readonly health: SharedHealth
    readonly precomputer: Precomputer
  },
): Promise<ReadonlyMap<string, PreparedPipeline>> {
  const services = {
    clock,
    telemetry,
    conversations: store.conversations,
    prices: { ...listPrices, ...config.prices },
    redact: (text: string) => redactor.scope().redact(text).text,
    summaries: summaries.queue,
  }
  const prepared = new Map<string, PreparedPipeline>()
  for (const pipeline of Object.values(config.pipelines)) {
    const options = {
      services,
      defaultModels: chosen.models,
      policy: { health },
      precomputed: precomputer.of(pipeline),
      closing: summaries.closing,
    }
    prepared.set(pipeline.name, await preparePipeline(pipeline, options))
  }
  return prepared
}

interface Assembled extends Foundations {
  readonly prepared: ReadonlyMap<string, PreparedPipeline>
  readonly events: EventLog
  readonly jobs: AnswerJobs
  readonly precomputer: Precomputer
  readonly summaries: Summaries
  readonly checks: Schedule
  readonly chosen: ChosenModels
  readonly health: OpenHealth
}

function assembleParts(all: Assembled): HoldfastParts {
  const {
    clock,
    prepared,
    store,
    events,
    jobs,
    checks,
    precomputer,
    summaries,
    telemetry,
    chosen,
    health,
  } = all
  const enqueue = createEnqueue({ jobs, clock, events: store.events, telemetry })
  const handles = new Map<string, PipelineHandle>()
  for (const [name, pipeline] of prepared) handles.set(name, createHandle(pipeline, enqueue))
  return {
    pipelines: handles,
    telemetry,
    answers: store.answers,
    events,
    groups: openGroups({ clock, store, events, telemetry }),
    traces: {
      // Traces are saved beside the call; who asks for one sees those that have ended.
      async get(traceId) {
        await telemetry.flush()
        return store.traces.get(traceId)
      },
      async list(filter) {
        await telemetry.flush()
        return store.traces.list(filter)
      },
      watch: (listener) => telemetry.watch(listener),
    },
    conversations: forgetEverywhere(store.conversations, prepared, telemetry),
    tickets: store.tickets,
    chosenModels: chosen.description,
    model: (name) => findPipeline(prepared, name).model,
    cancel: (answerId) => jobs.cancel(answerId),
    precomputeLedger: () => precomputer.ledger(),
    retry: (answerId) => jobs.retry(answerId),
    jobProgress: (answerId) => jobs.progress(answerId),
    async health() {
      const models = [...prepared].map(([name, { model }]) => [name, model.health()])
      return { models: Object.fromEntries(models), jobs: await jobs.counts() }
    },
    metrics: () => telemetry.renderMetrics(),
    async close(graceMs) {
      await precomputer.close()
      await checks.close()
      await jobs.close(graceMs)
      await health.close()
      await summaries.close()
      await Promise.all([...prepared.values()].flatMap(({ background }) => [...background]))
      await events.close()
      await telemetry.flush()
      await chosen.close()
      await store.close()
    },
  }
}

function attachHandles<P extends Pipelines>(pipelines: P, parts: HoldfastParts): Holdfast<P> {
  const named: Record<string, PipelineHandle | undefined> = {}
  for (const [key, { name }] of Object.entries(pipelines)) named[key] = parts.pipelines.get(name)
  // Each handle was made from the pipeline of that key, which carries the types.
  return { ...parts, ...named } as Holdfast<P>
}
