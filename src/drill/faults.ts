import type { OutputSpec } from '../pipeline/definition.ts'
import type { RehearsalFault } from '../providers/rehearsal/fault.ts'
import { faultCatalogue } from '../providers/rehearsal/fault-catalogue.ts'
import type { FaultChoice } from '../providers/rehearsal/fault-plan.ts'

/** A fault as `holdfast drill --list` shows it. */
export interface FaultInfo {
  readonly id: string
  readonly summary: string
  /** How the answers are asked for that can meet it. */
  readonly modes: readonly ('json' | 'sse')[]
  /** The reasons that an attempt rightly fails with; `ok` where the answer is whole all the same. */
  readonly reasons: readonly string[]
  /** Who can notice it: anybody, only a schema, or nobody, as the protocol does not show it. */
  readonly noticed: 'always' | 'by-schema' | 'never'
}

/** Every fault that the drill knows, as providers send them. */
export function listFaults(): readonly FaultInfo[] {
  return faultCatalogue.map((fault) => {
    const { id, summary, modes, reasons } = fault
    return { id, summary, modes, reasons, noticed: noticedBy(fault) }
  })
}

/** A fault and how often it is drawn, compared with the others. */
export interface WeightedFault {
  readonly fault: FaultChoice
  readonly weight: number
}

/**
 * Every fault that passes by itself and that somebody can notice.
 *
 * A key that is refused or an account without money fails each call until a person mends it: met at
 * random, it would take the model out for the rest of the run and hide all other faults. Rate limits also
 * silence their model, for as long as they say: so they say a second, and as they are one fault in the
 * dialects of several providers, they have the weight of one.
 */
export function everyFault(output: OutputSpec): readonly WeightedFault[] {
  const passing = faultCatalogue.filter((fault) => !isLasting(fault) && isNoticed(fault, output))
  const limits = passing.filter(isRateLimit).length
  return passing.map((fault) => {
    if (!isRateLimit(fault)) return { fault: fault.id, weight: 1 }
    return { fault: { id: fault.id, retryAfterMs: shortWaitMs }, weight: 1 / limits }
  })
}

const shortWaitMs = 1_000

function isRateLimit({ reasons }: RehearsalFault): boolean {
  return reasons.includes('rate-limited')
}

const lastingReasons = new Set(['quota-exhausted', 'bad-key', 'model-not-found'])

function isLasting({ reasons }: RehearsalFault): boolean {
  return reasons.some((reason) => lastingReasons.has(reason))
}

function isNoticed(fault: RehearsalFault, output: OutputSpec): boolean {
  const noticed = noticedBy(fault)
  return noticed === 'always' || (noticed === 'by-schema' && output !== 'text')
}

function noticedBy({ reasons, expected }: RehearsalFault): FaultInfo['noticed'] {
  if (reasons.includes('invalid-output')) return 'by-schema'
  const looksWhole = 'outcome' in expected && expected.outcome === 'wrong-answer'
  return looksWhole && reasons.includes('ok') ? 'never' : 'always'
}
