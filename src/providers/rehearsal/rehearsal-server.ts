import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Clock, systemClock } from '../../base/clock.ts'
import { HoldfastError, invalidConfig, messageOf } from '../../base/errors.ts'
import { answerRequest } from './answer-request.ts'
import { type FaultDirector, type FaultPlan, followPlan, healthy } from './fault-plan.ts'
import { type LoggedRequest, RequestLog } from './request-log.ts'

export interface RehearsalServerOptions {
  /** Default 0: any that is free. */
  readonly port?: number
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** The same seed gives the same wording and the same faults. Default 1. */
  readonly seed?: number
  /** How fast it writes; 0 for as fast as it can. Default 60, what a small hosted model does. */
  readonly tokensPerSecond?: number
  /** Default 250. */
  readonly firstTokenMs?: number
  /** Tokens of prompt and answer; a longer prompt is refused. Default 32,768. */
  readonly contextWindow?: number
  readonly clock?: Clock
}

/** The rehearsal model behind HTTP: a stand-in that answers from rules and can be told to fail. */
export interface RehearsalServer {
  /** Such as `http://127.0.0.1:40123/v1`: what an OpenAI client takes as its base URL. */
  readonly baseUrl: string
  readonly contextWindow: number
  /** What was asked since the start or the last `clear`, and what it would have cost. */
  readonly requests: {
    readonly count: number
    readonly log: readonly LoggedRequest[]
    clear(): void
  }
  /** The plan that is being followed. */
  readonly faults: FaultPlan
  /**
   * Changes which requests fail and how, from the next one on.
   *
   * @throws INVALID_CONFIG for a plan that cannot be followed; the one before stays.
   */
  setFaults(plan: FaultPlan): void
  /** Settles when no request is open. */
  idle(): Promise<void>
  /** Breaks open requests off and frees the port. */
  close(): Promise<void>
}

const defaultSeed = 1
const defaultTokensPerSecond = 60
const defaultFirstTokenMs = 250
const defaultContextWindow = 32_768

/**
 * Starts the rehearsal model as a real HTTP server on loopback, with OpenAI's wire format.
 *
 * @throws ADDRESS_UNAVAILABLE where the port is taken, INVALID_CONFIG for options that cannot work.
 */
export async function startRehearsalServer(
  options: RehearsalServerOptions = {},
): Promise<RehearsalServer> {
  const settings = resolveOptions(options)
  const { seed, host, port } = settings
  const log = new RequestLog()
  let plan: FaultPlan = healthy
  let director: FaultDirector = followPlan(plan, seed)
  const server = createServer((request, response) => {
    answerRequest(request, response, { ...settings, log, director })
  })
  await listen(server, host, port)
  const { port: bound } = server.address() as AddressInfo
  return {
    baseUrl: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/v1`,
    contextWindow: settings.contextWindow,
    requests: {
      get count() {
        return log.count
      },
      get log() {
        return log.entries
      },
      clear: () => log.clear(),
    },
    get faults() {
      return plan
    },
    setFaults(next) {
      director = followPlan(next, seed)
      plan = next
    },
    idle: () => log.idle(),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function resolveOptions(options: RehearsalServerOptions) {
  const tokensPerSecond = options.tokensPerSecond ?? defaultTokensPerSecond
  const firstTokenMs = options.firstTokenMs ?? defaultFirstTokenMs
  const contextWindow = options.contextWindow ?? defaultContextWindow
  for (const [name, value] of Object.entries({ tokensPerSecond, firstTokenMs, contextWindow })) {
    if (!(value >= 0))
      throw invalidConfig(`startRehearsalServer({ ${name} })`, value, 'zero or more')
  }
  return {
    seed: options.seed ?? defaultSeed,
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    clock: options.clock ?? systemClock,
    contextWindow,
    pace: { firstTokenMs, msPerToken: tokensPerSecond === 0 ? 0 : 1_000 / tokensPerSecond },
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new HoldfastError(
      'ADDRESS_UNAVAILABLE',
      `The rehearsal model cannot listen on ${host}:${port}: ${messageOf(error)}. Choose another port, or 0 for any that is free.`,
      { host, port },
      { cause: error },
    )
  }
}
