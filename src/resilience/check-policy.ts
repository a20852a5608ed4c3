import { invalidConfig } from '../base/errors.ts'
import type { ProtectPolicy } from './policy.ts'

type Check = readonly [fits: (value: number) => boolean, expected: string]

const duration: Check = [(value) => value > 0, 'milliseconds above 0']
const share: Check = [(value) => value >= 0 && value <= 1, 'a share from 0 to 1']
const count: Check = [(value) => value >= 0, 'a number from 0']
const atLeastOne: Check = [(value) => value >= 1, 'a number from 1']

const checks: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  timeout: {
    firstContentMs: duration,
    chunkMs: duration,
    attemptMs: duration,
    totalMs: duration,
  },
  retries: { perModel: count, total: count, baseDelayMs: count, maxDelayMs: count },
  'retries.budget': { share, minPerSecond: count },
  breaker: {
    consecutiveFailures: atLeastOne,
    failureShare: share,
    minCalls: atLeastOne,
    openMs: duration,
    maxOpenMs: duration,
    rampMs: duration,
  },
  quality: { leastValidShare: share, falseAlarmEvery: atLeastOne, ejectMs: duration },
  concurrency: {
    initial: atLeastOne,
    min: atLeastOne,
    max: atLeastOne,
    queueLength: count,
    queueMs: count,
  },
  rateLimit: { requestsPerMinute: atLeastOne, tokensPerMinute: atLeastOne, usdPerMinute: duration },
  hedge: { afterMs: duration, share },
}

/** Every option of a policy, so that a misspelt one is not taken for a default. */
const options = new Set<string>([
  'timeout',
  'retries',
  'breaker',
  'quality',
  'midStream',
  'acceptLength',
  'blockWrongModel',
  'maxOutputBytes',
  'concurrency',
  'rateLimit',
  'hedge',
  'singleFlight',
  'prices',
  'health',
  'clock',
  'random',
  'telemetry',
  'name',
] satisfies (keyof ProtectPolicy)[])

/** @throws INVALID_CONFIG with the name of the option, its value and what was expected. */
export function checkPolicy(policy: ProtectPolicy): void {
  const { midStream, maxOutputBytes, rateLimit, quality, retries } = policy
  for (const [option, value] of Object.entries(policy)) {
    if (!options.has(option))
      throw invalidConfig(option, value, `one of ${[...options].join(', ')}`)
  }
  if (midStream !== undefined && !['restart', 'continue', 'finish'].includes(midStream)) {
    throw invalidConfig('midStream', midStream, "'restart', 'continue' or 'finish'")
  }
  if (maxOutputBytes !== undefined) checkNumber('maxOutputBytes', maxOutputBytes, atLeastOne)
  const { budget, ...limits } = retries ?? {}
  checkGroup('retries', limits)
  checkGroup('retries.budget', budget)
  checkGroup('timeout', policy.timeout)
  checkGroup('breaker', policy.breaker)
  checkGroup('quality', quality === false ? undefined : quality)
  checkGroup('concurrency', policy.concurrency)
  checkGroup('hedge', policy.hedge)
  for (const limit of [rateLimit].flat()) checkGroup('rateLimit', limit)
}

function checkGroup(group: string, values: object | undefined): void {
  const known = checks[group] ?? {}
  for (const [option, value] of Object.entries(values ?? {})) {
    const check = Object.hasOwn(known, option) ? known[option] : undefined
    const name = `${group}.${option}`
    if (!check) throw invalidConfig(name, value, `one of ${Object.keys(known).join(', ')}`)
    checkNumber(name, value, check)
  }
}

function checkNumber(option: string, value: unknown, [fits, expected]: Check): void {
  if (typeof value !== 'number' || !fits(value)) throw invalidConfig(option, value, expected)
}
