import type { Answer } from '../model/answer.ts'
import type { AnswerEvent } from '../model/answer-event.ts'

/** Answers of a pipeline that were made before anybody asked, as its runs see them. */
export interface PrecomputedAnswers {
  /** The answer that was made ahead for this very input, or that is being made. */
  find(input: unknown): Promise<Precomputed | undefined>
  /** Makes answers ahead; inputs are checked first. @throws INVALID_INPUT before anything is begun. */
  start(inputs: readonly unknown[], rule: string): Promise<readonly PrecomputeOutcome[]>
  /** What is likely to be asked after this exchange is made ahead. */
  answered(input: unknown, output: unknown): Promise<void>
}

export type Precomputed = PrecomputedFinding &
  (
    | { readonly state: 'ready'; readonly answer: Answer }
    | {
        readonly state: 'running'
        /** From its start, and then as it goes on. */
        events(signal: AbortSignal): AsyncIterable<readonly AnswerEvent[]>
      }
  )

export interface PrecomputedFinding {
  readonly answerId: string
  readonly rule: string
  readonly madeAtMs: number
  /** It was given since the policy allows its age, and a new one is on its way. */
  readonly isStale: boolean
  /** Enters it into the ledger. */
  used(savedMs: number): Promise<void>
}

/** What became of the wish to have an answer made ahead. */
export type PrecomputeOutcome =
  | { readonly outcome: 'started' | 'known'; readonly answerId: string }
  /** The answers of the rule were not used, or the tokens of the day are spent. */
  | { readonly outcome: 'rule-stopped' | 'over-budget'; readonly answerId?: never }

/** What a pipeline says about answers that are made ahead. */
export interface PrecomputePolicy<Input, RawInput, Output> {
  /** How long an answer made ahead is as good as a new one, in milliseconds. */
  readonly freshMs: number
  /**
   * How long it is still given while a new one is made beside it. Default: `freshMs`, so that none is
   * given that is older.
   */
  readonly staleMs?: number
  /**
   * What an answer depends on. Default: the whole input as JSON. With memory, the conversation as it
   * stands is always part of it.
   */
  key?(input: Input): string
  /** Inputs that are likely to come next, once this exchange is over; made ahead as rule `after`. */
  after?(exchange: { readonly input: Input; readonly output: Output }): readonly RawInput[]
  /** Learns from the order in which inputs follow one another; made ahead as rule `learned`. */
  readonly learn?: LearnPolicy<Input, RawInput>
  /** Made ahead every so often by one of the processes that work, as rule `schedule`. */
  readonly schedule?: {
    readonly everyMs: number
    inputs(): readonly RawInput[] | Promise<readonly RawInput[]>
  }
  /**
   * A rule stops itself when less than this share of its answers of the last seven days is used,
   * counted from twenty on. Default 0.1; 0 never stops one.
   */
  readonly leastUse?: number
  /** The most tokens that all rules may spend in 24 hours. Default: no limit of its own. */
  readonly tokensPerDay?: number
}

export interface LearnPolicy<Input, RawInput> {
  /** Whose inputs follow one another, such as the user. It is stored as a hash. */
  session(input: Input): string
  /**
   * A short name for what is asked, such as `fees`. It is stored as it is, so it must not hold what a
   * person wrote; undefined for an input that is not to be learned from.
   */
  step(input: Input): string | undefined
  /** The input of that name for whoever gave the input before; undefined where there is none. */
  next(step: string, before: Input): RawInput | undefined
  /** Sessions that must have gone from one step to the other. Default 3. */
  readonly minSessions?: number
  /** The share of sessions that must have gone there. Default 0.3. */
  readonly minShare?: number
}
