import { invalidConfig } from '../base/errors.ts'
import type { FaultChoice } from '../providers/rehearsal/fault-plan.ts'

/** What goes wrong at the providers in the course of a drill: plain data, so it may come from a file. */
export interface Scenario {
  readonly name: string
  /** In one line. */
  readonly about: string
  /** Share of the requests that are answered as a stream, from 0 to 1. Default 0.5. */
  readonly streamShare?: number
  /** It says nothing about a subject whose output is plain text. */
  readonly needsSchema?: boolean
  /** Where two are at one model at a time, the later in the list counts. */
  readonly disturbances: readonly Disturbance[]
}

export type Disturbance = (FaultDisturbance | LimitDisturbance) & {
  readonly at: 'primary' | 'fallbacks' | 'all'
  /** The part of the run in which it lasts, as shares of the requests started. Default: all of it. */
  readonly from?: number
  readonly to?: number
}

/** Some of the calls meet a fault. */
export interface FaultDisturbance {
  readonly kind: 'faults'
  /** Share of the calls, from 0 to 1. */
  readonly share: number
  /** Ids as `listFaults()` gives them; one is drawn for each call. `every` is described at `everyFault`. */
  readonly faults: readonly FaultChoice[] | 'every'
}

/** The provider admits so many calls in each second, and says honestly when to come back. */
export interface LimitDisturbance {
  readonly kind: 'limit'
  readonly callsPerSecond: number
}

/** @throws INVALID_CONFIG that names what cannot work; faults are checked by the provider. */
export function checkScenario({ name, disturbances, streamShare = 0.5 }: Scenario): void {
  checkShare(`${name}.streamShare`, streamShare)
  for (const [index, { from = 0, to = 1 }] of disturbances.entries()) {
    checkShare(`${name}.disturbances[${index}].from`, from)
    checkShare(`${name}.disturbances[${index}].to`, to)
  }
}

function checkShare(option: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw invalidConfig(option, value, 'a share from 0 to 1')
}

/** What is wrong at a model when this share of the requests, below 1, has been started. */
export function activeAt(
  { disturbances }: Scenario,
  model: number,
  progress: number,
): Disturbance | undefined {
  return disturbances.findLast(({ at, from = 0, to = 1 }) => {
    const isMeant = at === 'all' || (at === 'primary') === (model === 0)
    return isMeant && progress >= from && progress < to
  })
}
