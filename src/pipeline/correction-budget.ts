import { invalidConfig } from '../base/errors.ts'
import type { Usage } from '../model/usage.ts'

/** How an answer that does not fit goes back to the model. */
export interface CorrectionPolicy {
  /** How often, from 0 to 5. Default 2. */
  readonly most?: number
  /**
   * The most tokens, of input and output together, that all corrections of one answer may use. A
   * correction that is expected to go beyond is not begun. Default 50,000.
   */
  readonly maxTokens?: number
}

/** Most answers that can be corrected are corrected the first time; a third try seldom adds one. */
const defaultMost = 2

/** Two corrections of a prompt of 20,000 tokens; a loop that costs more is better left to the fallback. */
const defaultMaxTokens = 50_000

/**
 * The policy with its defaults; a number stands for `most`.
 *
 * @throws INVALID_CONFIG where a value cannot work.
 */
export function resolveCorrections(
  given: number | CorrectionPolicy | undefined,
  option = 'corrections',
): Required<CorrectionPolicy> {
  const policy = typeof given === 'number' ? { most: given } : (given ?? {})
  const { most = defaultMost, maxTokens = defaultMaxTokens } = policy
  if (!Number.isInteger(most) || most < 0 || most > 5) {
    const name = typeof given === 'number' ? option : `${option}.most`
    throw invalidConfig(name, most, 'a whole number from 0 to 5')
  }
  if (!(maxTokens > 0)) {
    throw invalidConfig(`${option}.maxTokens`, maxTokens, 'a number of tokens above 0')
  }
  return { most, maxTokens }
}

/** What the corrections of one answer may still use. */
export interface CorrectionBudget {
  /** Corrections that may still be begun. */
  readonly left: number
  /** Whether there is enough for one that is expected to use this many tokens. */
  allows(expectedTokens: number): boolean
  begin(): void
  /** Counts what a correction used. */
  spend(tokens: number): void
}

export function createCorrectionBudget(policy: Required<CorrectionPolicy>): CorrectionBudget {
  let left = policy.most
  let tokensLeft = policy.maxTokens
  return {
    get left() {
      return left
    },
    allows: (expectedTokens) => left > 0 && expectedTokens <= tokensLeft,
    begin() {
      left--
    },
    spend(tokens) {
      tokensLeft -= tokens
    },
  }
}

export const tokensOf = (usage: Usage): number => usage.inputTokens + usage.outputTokens
