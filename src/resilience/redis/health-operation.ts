import type { RecordPermit } from '../shared/health-record.ts'
import type { Ask, HealthSettings, Settlement } from '../shared/health-store.ts'
import type { SavedHealth } from './health-replica.ts'

/**
 * One call of a health store's method as it stands in the log. It holds all that the outcome depends on,
 * clock and dice included, so that every process that applies the same log comes to the same state.
 */
export type HealthOperation = TargetOperation | DefineOperation | RejoinOperation

export type TargetOperation = TargetFacts &
  (
    | { readonly do: 'admit'; readonly ask: Ask }
    | { readonly do: 'settle'; readonly permit: RecordPermit; readonly settlement: Settlement }
    | { readonly do: 'retry' }
    | { readonly do: 'quality'; readonly isValid: boolean }
  )

/** Names the settings of a policy, so that not each operation has to carry them. */
export interface DefineOperation extends Facts {
  readonly do: 'define'
  readonly name: string
  readonly settings: HealthSettings
}

/** What a process did by itself while Redis was away: where it left, and where it has come to. */
export interface RejoinOperation extends Facts {
  readonly do: 'rejoin'
  readonly base: SavedHealth
  readonly fork: SavedHealth
}

interface Facts {
  /** Tells it from all others; by it a process knows its own. */
  readonly id: string
}

interface TargetFacts extends Facts {
  /** By the clock that all processes agree on, in milliseconds since the epoch. */
  readonly atMs: number
  /** From 0 to below 1. */
  readonly dice: number
  readonly key: string
  /** The name that a `define` gave to the settings. */
  readonly settings: string
}
