/** What a context consists of, in tokens of the model. */
export interface ContextLedger {
  /** The system prompt with the instruction for the output, and what frames a request. */
  readonly system: number
  readonly pins: number
  readonly summary: number
  /** Older turns that were found again, with the message that carries them. */
  readonly recalled: number
  /** Turns that are shown as messages. */
  readonly recent: number
  /** What `project` made of the working state. */
  readonly state: number
  /** The new messages of this turn. */
  readonly user: number
  readonly tools: number
  /** Kept free for the answer, at least. */
  readonly reserve: number
  /** The input: all of the above but the reserve, the margin of the count included. */
  readonly total: number
  /** Input and answer together. */
  readonly budget: number
}

/** What a context may hold, and all of it. */
export const contextSections = [
  'system',
  'pins',
  'summary',
  'recalled',
  'recent',
  'state',
  'user',
  'tools',
  'total',
] as const satisfies readonly (keyof ContextLedger)[]
