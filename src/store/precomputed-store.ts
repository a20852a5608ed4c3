/**
 * Answers that were made before anybody asked, and what became of them: which key finds which answer,
 * what it cost, whether it was used.
 *
 * Guarantees of every implementation: of two processes that begin the same key, one makes the answer;
 * what is deleted with a conversation includes the answers made ahead for it.
 */
export interface PrecomputedStore {
  /**
   * Notes that an answer is about to be made, unless one of the key is there that is fresh or on its way:
   * that one comes back then. The note counts for ten seconds without its answer, which is long enough
   * to accept it.
   */
  begin(entry: NewPrecomputed): Promise<{
    readonly entry: PrecomputedEntry
    readonly created: boolean
  }>
  /**
   * The newest answer of the key that is whole and not older than `staleUntilMs`; without one, the
   * newest that is waiting or being made.
   */
  find(pipeline: string, key: string, nowMs: number): Promise<PrecomputedEntry | undefined>
  /** What the answer cost, once it has ended, well or not. */
  settle(answerId: string, cost: PrecomputedCost): Promise<void>
  /** Somebody was given the answer; `savedMs` is how much sooner than without it. */
  markUsed(answerId: string, savedMs: number): Promise<void>
  /** What each rule of the pipeline has made since `sinceMs`, and what came of it. */
  tally(filter: TallyFilter): Promise<readonly RuleTally[]>
  /** Notes that the session has come to a step, and from which. Notes older than 30 days are dropped. */
  noteStep(step: SessionStep): Promise<void>
  /** The steps that came after this one, by the number of sessions that went there, most first. */
  followingSteps(pipeline: string, step: string): Promise<readonly FollowingStep[]>
}

export interface NewPrecomputed {
  readonly answerId: string
  readonly pipeline: string
  /** What had it made, such as `after` or `schedule`. */
  readonly rule: string
  /** What the answer depends on, as a hash. Unique answers of a pipeline are found by it. */
  readonly key: string
  readonly conversationId?: string
  readonly madeAtMs: number
  readonly freshUntilMs: number
  /** At least `freshUntilMs`. */
  readonly staleUntilMs: number
}

export interface PrecomputedEntry extends NewPrecomputed {
  /** Of the answer; undefined until it has been accepted. */
  readonly state: 'waiting' | 'active' | 'completed' | undefined
}

export interface PrecomputedCost {
  readonly tokens: number
  /** In US dollars; undefined where a price is not known. */
  readonly costUsd: number | undefined
}

export interface TallyFilter {
  readonly pipeline: string
  readonly sinceMs: number
  readonly nowMs: number
}

/** What came of one rule of one pipeline. */
export interface RuleTally {
  readonly rule: string
  /** Answers begun. */
  readonly made: number
  /** Answers that somebody was given. */
  readonly used: number
  /** Answers of which it is known whether they were of use: used, or too old to be. */
  readonly decided: number
  /** Tokens of all answers, and of those that were used. */
  readonly tokens: { readonly spent: number; readonly used: number }
  /** Likewise in US dollars, where prices are known. */
  readonly costUsd: { readonly spent: number; readonly used: number }
  /** Over all uses. */
  readonly savedMs: number
}

export interface SessionStep {
  readonly pipeline: string
  /** Steps of one session follow one another. */
  readonly session: string
  readonly step: string
  readonly atMs: number
}

export interface FollowingStep {
  readonly step: string
  /** Sessions that went there from the step before. */
  readonly sessions: number
  /** Sessions that went anywhere from it. */
  readonly of: number
}
