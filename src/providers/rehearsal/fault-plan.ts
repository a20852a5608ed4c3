import { invalidConfig } from '../../base/errors.ts'
import { chance } from './answer/choice.ts'
import type { Mode } from './completion.ts'
import type { FaultOptions, RehearsalFault } from './fault.ts'
import { faultCatalogue, findFault } from './fault-catalogue.ts'

/** A fault by its id, or with options of its own. */
export type FaultChoice = string | (FaultOptions & { readonly id: string })

/** Which requests fail, and how. A plan is data, so a drill can be written down. */
export type FaultPlan =
  | { readonly kind: 'healthy' }
  /** Every request fails in the same way. */
  | { readonly kind: 'always'; readonly fault: FaultChoice }
  /** A share of the requests fails, each by a fault chosen at random by seed, request and weight. */
  | {
      readonly kind: 'mix'
      /** From 0 to 1. */
      readonly share: number
      readonly faults: readonly { readonly fault: FaultChoice; readonly weight?: number }[]
      readonly seed?: number
    }
  /** One entry for each request in turn; those that come after the last are healthy, or start anew. */
  | {
      readonly kind: 'script'
      readonly faults: readonly (FaultChoice | 'healthy')[]
      readonly repeat?: boolean
    }
  /** An honest limit: requests beyond it in a second get a 429 that says how long is left of it. */
  | { readonly kind: 'limit'; readonly requestsPerSecond: number }
  /** A plan for each model by name, and one for all others. */
  | {
      readonly kind: 'by-model'
      readonly models: Readonly<Record<string, FaultPlan>>
      readonly others?: FaultPlan
    }

/** A request as a plan sees it. */
export interface PlannedRequest {
  readonly model: string
  readonly mode: Mode
  /** By what a request is told from others; the same key meets the same fault. */
  readonly key: string
  readonly nowMs: number
}

export interface PlannedFault {
  readonly fault: RehearsalFault
  readonly options: FaultOptions
}

export const healthy: FaultPlan = { kind: 'healthy' }

/** Follows a plan through the requests that come; it counts them. */
export interface FaultDirector {
  /** The fault for the next request; undefined for a healthy one, or where its fault needs the other mode. */
  next(request: PlannedRequest): PlannedFault | undefined
}

/**
 * Starts to follow a plan.
 *
 * @throws INVALID_CONFIG for a plan that names no known fault, or has a share or a limit that cannot be.
 */
export function followPlan(plan: FaultPlan, seed: number): FaultDirector {
  const choose = follow(plan, seed)
  return {
    next(request) {
      const choice = choose(request)
      if (choice === undefined) return undefined
      const { id, ...options } = typeof choice === 'string' ? { id: choice } : choice
      const fault = findFault(id)
      return fault?.modes.includes(request.mode) ? { fault, options } : undefined
    },
  }
}

type Choose = (request: PlannedRequest) => FaultChoice | undefined

function follow(plan: FaultPlan, seed: number): Choose {
  switch (plan.kind) {
    case 'healthy':
      return () => undefined
    case 'always': {
      const fault = checkFault(plan.fault)
      return () => fault
    }
    case 'mix':
      return followMix(plan, seed)
    case 'script':
      return followScript(plan)
    case 'limit':
      return followLimit(plan.requestsPerSecond)
    case 'by-model': {
      const models = new Map(
        Object.entries(plan.models).map(([name, each]) => [name, follow(each, seed)]),
      )
      const others = follow(plan.others ?? healthy, seed)
      return (request) => (models.get(request.model) ?? others)(request)
    }
  }
}

function followMix(plan: Extract<FaultPlan, { kind: 'mix' }>, serverSeed: number): Choose {
  if (!(plan.share >= 0 && plan.share <= 1)) {
    throw invalidConfig('setFaults({ share })', plan.share, 'a number from 0 to 1')
  }
  const seed = plan.seed ?? serverSeed
  const faults = plan.faults.map(({ fault, weight = 1 }) => ({ fault: checkFault(fault), weight }))
  return ({ key, model, mode }) => {
    if (chance(seed, `fails ${model} ${key}`) >= plan.share) return undefined
    const fitting = faults.filter(({ fault }) => findFault(idOf(fault))?.modes.includes(mode))
    const total = fitting.reduce((sum, { weight }) => sum + weight, 0)
    let at = chance(seed, `how ${model} ${key}`) * total
    for (const { fault, weight } of fitting) {
      at -= weight
      if (at < 0) return fault
    }
    return undefined
  }
}

function followScript({ faults, repeat = false }: Extract<FaultPlan, { kind: 'script' }>): Choose {
  for (const each of faults) if (each !== 'healthy') checkFault(each)
  let asked = 0
  return () => {
    const index = repeat ? asked % Math.max(1, faults.length) : asked
    asked++
    const choice = faults[index]
    return choice === 'healthy' ? undefined : choice
  }
}

function followLimit(requestsPerSecond: number): Choose {
  if (!(requestsPerSecond > 0)) {
    throw invalidConfig('setFaults({ requestsPerSecond })', requestsPerSecond, 'a positive number')
  }
  let windowStart = Number.NEGATIVE_INFINITY
  let admitted = 0
  return ({ nowMs }) => {
    if (nowMs - windowStart >= 1_000) {
      windowStart = nowMs
      admitted = 0
    }
    if (++admitted <= requestsPerSecond) return undefined
    return { id: 'rate-limit-ms', retryAfterMs: Math.ceil(windowStart + 1_000 - nowMs) }
  }
}

function idOf(choice: FaultChoice): string {
  return typeof choice === 'string' ? choice : choice.id
}

function checkFault(choice: FaultChoice): FaultChoice {
  if (findFault(idOf(choice))) return choice
  const known = faultCatalogue.map(({ id }) => id).join(', ')
  throw invalidConfig('setFaults({ fault })', idOf(choice), `one of ${known}`)
}
