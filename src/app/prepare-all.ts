import type { Clock } from '../base/clock.ts'
import type { Precomputer } from '../jobs/precompute/precomputer.ts'
import { listPrices } from '../model/price.ts'
import { type PreparedPipeline, preparePipeline } from '../pipeline/prepare.ts'
import type { SharedHealth } from '../resilience/health.ts'
import type { Stores } from '../store/shared/stores.ts'
import type { LiveTelemetry } from '../telemetry/create-telemetry.ts'
import type { Redactor } from '../telemetry/redact/redactor.ts'
import type { ChosenModels } from './choose-models.ts'
import type { HoldfastConfig } from './holdfast.ts'
import type { Summaries } from './open-summaries.ts'

/** What everything else in an application stands on. */
export interface Foundations {
  readonly clock: Clock
  readonly telemetry: LiveTelemetry
  readonly store: Stores
}

/** The pipelines with their models behind their guard, by name. */
export async function prepareAll(
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
