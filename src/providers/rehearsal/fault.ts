import type { FailureReason } from '../../model/failure-reason.ts'
import type { FaultEvidence } from '../../model/fault.ts'
import type { FinishReason } from '../../model/model.ts'
import type { Completion, Delivery, Mode } from './completion.ts'
import type { Step } from './step.ts'

/** How a fault can be shaped; each has a default that makes it what its summary says. */
export interface FaultOptions {
  /** What a rate limit asks to wait, in milliseconds. */
  readonly retryAfterMs?: number
  /** How long a slow answer keeps silent, in milliseconds. Default 30,000. */
  readonly delayMs?: number
  /** Time between heartbeats, or between the tokens of a trickle, in milliseconds. Default 500. */
  readonly everyMs?: number
  /** After how many tokens a stream fails. Default: half of the answer, at most 8. */
  readonly afterTokens?: number
  /** At which byte of the body an answer is cut. */
  readonly atByte?: number
}

/** What a fault is made from. */
export interface FaultContext extends Delivery {
  /** The answer that would have been given. */
  readonly completion: Completion
  readonly options: FaultOptions
  /** Milliseconds since the epoch, for headers that hold a date. */
  readonly nowMs: number
}

/** What an attempt that meets a fault sees of it. */
export type ExpectedOutcome =
  /** A `ModelFault` with evidence that contains these fields. */
  | { readonly outcome: 'fault'; readonly evidence: PartialEvidence }
  /** A finish with this reason, which is not a whole answer by itself. */
  | { readonly outcome: 'finish'; readonly finishReason: FinishReason }
  /** A whole answer, as it would have been without the fault. */
  | { readonly outcome: 'answer' }
  /** An answer that looks whole by the protocol; what is wrong with it only a check of it can tell. */
  | { readonly outcome: 'wrong-answer' }
  /** A whole answer whose pieces come one by one, until a clock ends it. */
  | { readonly outcome: 'slow' }
  /** Nothing more for as long as the client waits: a clock has to end it. */
  | { readonly outcome: 'silence'; readonly after: 'nothing' | 'headers' | 'content' }

export type PartialEvidence = {
  [Kind in FaultEvidence['kind']]: { readonly kind: Kind } & Partial<
    Extract<FaultEvidence, { kind: Kind }>
  >
}[FaultEvidence['kind']]

/** A way in which a provider fails, as it looks on the wire. */
export interface RehearsalFault {
  readonly id: string
  readonly summary: string
  readonly modes: readonly Mode[]
  /** The reasons that it is right to give for it; `ok` where the answer is whole all the same. */
  readonly reasons: readonly (FailureReason | 'ok')[]
  /** By mode where the modes differ. */
  readonly expected: ExpectedOutcome | Readonly<Record<Mode, ExpectedOutcome>>
  steps(context: FaultContext): Step[]
}

/** What an attempt in this mode sees of a fault. */
export function expectedOutcome(fault: RehearsalFault, mode: Mode): ExpectedOutcome {
  return 'outcome' in fault.expected ? fault.expected : fault.expected[mode]
}

export const bothModes: readonly Mode[] = ['json', 'sse']
