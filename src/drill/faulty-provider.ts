import type { Clock } from '../base/clock.ts'
import type { Model } from '../model/model.ts'
import type { OutputSpec } from '../pipeline/definition.ts'
import { type FaultPlan, healthy } from '../providers/rehearsal/fault-plan.ts'
import { rehearsal } from '../providers/rehearsal/rehearsal.ts'
import {
  type RehearsalServer,
  startRehearsalServer,
} from '../providers/rehearsal/rehearsal-server.ts'
import { everyFault } from './faults.ts'
import { activeAt, type Disturbance, type Scenario } from './scenario.ts'
import type { DrilledModel } from './subject.ts'

/** Stand-ins for a subject's models, each a server of its own, that fail as a scenario says. */
export interface FaultyProvider {
  readonly models: readonly Model[]
  /** Where each of them listens, such as `http://127.0.0.1:40123/v1`. */
  readonly baseUrls: readonly string[]
  /** Tells that this share of the requests has been started: what is wrong changes with it. */
  advance(progress: number): void
  count(): UpstreamCounts
  close(): Promise<void>
}

export interface UpstreamCounts {
  /** Requests that reached each model. */
  readonly calls: readonly number[]
  /** Requests to a model that had said in this second that it takes no more. */
  readonly earlyCalls: number
}

export interface FaultyProviderOptions {
  readonly models: readonly DrilledModel[]
  readonly output: OutputSpec
  readonly scenario: Scenario
  readonly seed: number
  readonly clock: Clock
}

/** What a small hosted model does: half of its answers of 40 tokens take 145 ms. */
const pace = { firstTokenMs: 40, tokensPerSecond: 400 }

/**
 * Starts a rehearsal server for each model.
 *
 * @throws INVALID_CONFIG for a scenario that names no known fault.
 */
export async function startFaultyProvider(options: FaultyProviderOptions): Promise<FaultyProvider> {
  const { models, clock, seed } = options
  const standIns: StandIn[] = []
  for (const [index, model] of models.entries()) {
    const { contextWindow } = model
    const window = contextWindow !== undefined && { contextWindow }
    const server = await startRehearsalServer({ ...pace, ...window, clock, seed })
    standIns.push(new StandIn(index, server, model, options))
  }
  return {
    models: standIns.map(({ model }) => model),
    baseUrls: standIns.map(({ server }) => server.baseUrl),
    advance(progress) {
      for (const standIn of standIns) standIn.advance(progress)
    },
    count: () => ({
      calls: standIns.map(({ server }) => server.requests.count),
      earlyCalls: standIns.reduce((sum, { server }) => sum + countEarly(server), 0),
    }),
    async close() {
      await Promise.all(standIns.map(({ server }) => server.close()))
    },
  }
}

class StandIn {
  readonly model: Model
  readonly server: RehearsalServer
  readonly #index: number
  readonly #options: FaultyProviderOptions
  #active: Disturbance | undefined

  constructor(
    index: number,
    server: RehearsalServer,
    { id, structuredOutput = 'json-schema' }: DrilledModel,
    options: FaultyProviderOptions,
  ) {
    this.#index = index
    this.#options = options
    this.server = server
    const capabilities = { structuredOutput }
    this.model = rehearsal(server, { model: id, capabilities, clock: options.clock })
    this.advance(0)
  }

  advance(progress: number): void {
    const { scenario, output, seed } = this.#options
    const active = activeAt(scenario, this.#index, progress)
    if (active === this.#active) return
    this.#active = active
    this.server.setFaults(active ? planFor(active, output, seed + this.#index) : healthy)
  }
}

/** The models say the same, being of one seed, and fail apart. */
function planFor(disturbance: Disturbance, output: OutputSpec, seed: number): FaultPlan {
  if (disturbance.kind === 'limit') {
    return { kind: 'limit', requestsPerSecond: disturbance.callsPerSecond }
  }
  const { share, faults } = disturbance
  const choices = faults === 'every' ? everyFault(output) : faults.map((fault) => ({ fault }))
  return { kind: 'mix', share, faults: choices, seed }
}

/** How much later a call may be on its way although the refusal of another has been sent. */
const crossingMs = 5

/**
 * A full window refuses all calls to its end, so refusals without an admitted call between them are of
 * one window, and all but the first, and those that were on their way at that time, came too early.
 */
function countEarly({ requests }: RehearsalServer): number {
  let early = 0
  let refusedAtMs: number | undefined
  for (const { fault, startedAtMs } of requests.log) {
    if (fault !== 'rate-limit-ms') refusedAtMs = undefined
    else if (refusedAtMs === undefined) refusedAtMs = startedAtMs
    else if (startedAtMs > refusedAtMs + crossingMs) early++
  }
  return early
}
