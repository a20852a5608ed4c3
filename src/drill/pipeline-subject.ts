import { invalidConfig } from '../base/errors.ts'
import { silentTelemetry, type Telemetry } from '../base/telemetry-port.ts'
import type { Model } from '../model/model.ts'
import { listPrices, type PriceTable } from '../model/price.ts'
import type { Pipeline } from '../pipeline/definition.ts'
import { createHandle } from '../pipeline/handle.ts'
import { preparePipeline } from '../pipeline/prepare.ts'
import type { PipelineServices } from '../pipeline/run.ts'
import type { DrilledModel, DrillParts, DrillSubject, StartedSubject } from './subject.ts'

export interface PipelineSubjectOptions {
  /** For a pipeline that names no models of its own. Default: a primary and a fallback. */
  readonly defaultModels?: readonly Model[]
  /** Where to follow what happens. Default: nowhere. */
  readonly telemetry?: Telemetry
}

const primaryAndFallback: readonly DrilledModel[] = [{ id: 'primary' }, { id: 'fallback' }]

/**
 * A pipeline as it is, but for three things: its models are stand-ins behind the faulty provider, it
 * remembers nothing, since an answer that depends on those before it cannot be compared with what is
 * expected, and the breakers know nothing of former outages. Its `samples` are the requests.
 *
 * @throws INVALID_CONFIG where it has no samples.
 *
 * @example await runDrill({ subject: pipelineSubject(greet), scenario })
 */
export function pipelineSubject(
  { name, definition }: Pipeline,
  options: PipelineSubjectOptions = {},
): DrillSubject {
  const { samples = [], deadlineMs, output, canned } = definition
  if (samples.length === 0) {
    throw invalidConfig(
      `${name}.samples`,
      '[]',
      'a few inputs, to make the requests of a drill with',
    )
  }
  const { memory: _memory, ...forgetful } = definition
  const models = definition.models ?? options.defaultModels
  return {
    name,
    output,
    deadlineMs,
    mayFail: canned === 'none',
    inputs: samples,
    models: models?.map(copyOf) ?? primaryAndFallback,
    start: (parts) => start({ name, definition: forgetful }, parts, options.telemetry),
  }
}

function copyOf({ id, capabilities }: Model): DrilledModel {
  const { structuredOutput, contextWindow } = capabilities
  return { id, structuredOutput, ...(contextWindow !== undefined && { contextWindow }) }
}

async function start(
  { name, definition }: Pipeline,
  { models, clock, random }: DrillParts,
  telemetry: Telemetry = silentTelemetry,
): Promise<StartedSubject> {
  const services = {
    clock,
    telemetry,
    conversations: noConversations,
    prices: { ...free(models), ...listPrices },
    redact: (text: string) => text,
  }
  const prepared = await preparePipeline(
    { name, definition: { ...definition, models } },
    { services, defaultModels: models, policy: { random } },
  )
  return createHandle(prepared, refuse)
}

/** Stand-ins without a list price cost nothing, so that a budget in dollars can be drilled as well. */
function free(models: readonly Model[]): PriceTable {
  return Object.fromEntries(models.map(({ id }) => [id, { input: 0, output: 0 }]))
}

/** Never asked: a pipeline without memory reads and writes none. */
const refuse = () => Promise.reject(new Error('A drill has neither conversations nor jobs.'))

const noConversations: PipelineServices['conversations'] = {
  append: refuse,
  readTurns: refuse,
  readMemory: refuse,
  addSummary: refuse,
  setPin: refuse,
  mergeState: refuse,
  setOwner: refuse,
  ownerOf: refuse,
  deleteConversation: refuse,
  deleteUser: refuse,
  exportConversation: refuse,
}
