import type { Dispatcher } from 'undici'
import { type Clock, systemClock } from '../../base/clock.ts'
import { invalidConfig } from '../../base/errors.ts'
import type { ModelCapabilities } from '../../model/model.ts'
import { defaultConnectTimeoutMs, sharedAgent } from './agent.ts'

/** Variables of an environment by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What every model over HTTP can be told. */
export interface HttpOptions {
  /** Sent with every request; lower-case names. */
  readonly headers?: Readonly<Record<string, string>>
  /** Overrides what is assumed of the model. */
  readonly capabilities?: Partial<ModelCapabilities>
  /** Tokens of input and output together. */
  readonly contextWindow?: number
  /** An answer that grows beyond this is given up as `too-large`. Default 4 MiB. */
  readonly maxAnswerBytes?: number
  /** How long DNS, TCP and TLS may take together. Default 2,000. */
  readonly connectTimeoutMs?: number
  /** An undici dispatcher of your own, such as a `ProxyAgent`; `connectTimeoutMs` is then its business. */
  readonly dispatcher?: Dispatcher
  /** Where the time comes from. Default: the machine. */
  readonly clock?: Clock
}

/**
 * 4 MiB, a million tokens: more than any model writes in one answer, and little enough that a
 * thousand runaway answers at once fit into memory.
 */
const defaultMaxAnswerBytes = 4 * 1024 * 1024

/** Checks the address of a provider and takes the slash off its end. */
export function parseBaseUrl(option: string, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw invalidConfig(option, value, 'an http or https address such as http://localhost:8000/v1')
  }
  url.pathname = url.pathname.replace(/\/+$/, '')
  return url
}

/** An address below that of the provider; what the base says after `?` stays. */
export function endpoint(baseUrl: URL, path: string): URL {
  const url = new URL(baseUrl)
  url.pathname = `${url.pathname.replace(/\/$/, '')}${path}`
  return url
}

export function checkModelName(option: string, value: string): string {
  if (typeof value !== 'string' || value.trim() === '') {
    throw invalidConfig(option, value, 'the name of a model as the server knows it')
  }
  return value
}

function checkPositive(option: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0) {
    throw invalidConfig(option, value, 'a positive number')
  }
}

/**
 * A key from the options or the environment.
 *
 * @throws INVALID_CONFIG that names the variable.
 */
export function requireKey(key: string | undefined, variable: string, host: string): string {
  if (key !== undefined && key !== '') return key
  throw invalidConfig(
    variable,
    key,
    `a key for ${host}: set the environment variable ${variable}, or pass apiKey`,
  )
}

/** What is assumed, what is known, and last what the caller says. */
export function resolveCapabilities(
  options: HttpOptions,
  assumed: ModelCapabilities,
): ModelCapabilities {
  const { contextWindow } = options
  if (contextWindow !== undefined) checkPositive('contextWindow', contextWindow)
  return {
    ...assumed,
    ...(contextWindow !== undefined && { contextWindow }),
    ...options.capabilities,
  }
}

/** The parts of a model over HTTP that do not depend on its protocol, with their defaults. */
export function resolveHttp(options: HttpOptions): {
  readonly maxAnswerBytes: number
  readonly dispatcher: Dispatcher
  readonly clock: Clock
} {
  const maxAnswerBytes = options.maxAnswerBytes ?? defaultMaxAnswerBytes
  const connectTimeoutMs = options.connectTimeoutMs ?? defaultConnectTimeoutMs
  checkPositive('maxAnswerBytes', maxAnswerBytes)
  checkPositive('connectTimeoutMs', connectTimeoutMs)
  const clock = options.clock ?? systemClock
  const dispatcher = options.dispatcher ?? sharedAgent(clock, connectTimeoutMs)
  return { maxAnswerBytes, dispatcher, clock }
}
