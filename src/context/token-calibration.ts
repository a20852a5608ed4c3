/**
 * Learns how a model's own tokenizer counts from what its provider reports.
 *
 * One factor does not do: a tokenizer that needs 5 % more than o200k for English may need twice as
 * many for Hindi. So the ASCII part of a text and the rest have a weight each, found by recursive
 * least squares on relative errors, which takes constant space and forgets slowly.
 */
import type { TokenCount } from '../model/conversation.ts'
import { tokenizerFamily } from './tokenizer-family.ts'

export interface TokenCalibration {
  /** The model's tokens for a count of ours, plus tokens that stand in no text; without margin. */
  estimate(count: TokenCount, overhead?: number): number
  /** Learns from one request: our count and overhead of its input, and the provider's `inputTokens`. */
  observe(count: TokenCount, reportedInputTokens: number, overhead?: number): void
  /** How far an estimate may be too low, as a share of it: 0 where counts are exact. */
  margin(): number
  /** What has been learned, as JSON that `createTokenCalibration` takes back. */
  state(): CalibrationState
}

export interface CalibrationState {
  readonly ascii: number
  readonly other: number
  /** Covariance of the two weights: both variances and what they have in common. */
  readonly covariance: readonly [number, number, number]
  /** Reported over estimated tokens, less one, of the latest requests. */
  readonly errors: readonly number[]
}

/**
 * Variances over that of one report, which is taken to be right to 2 %: of a prior weight (right to
 * about 40 %), and of what a weight may drift from one request to the next (half a percent), since a
 * provider may change its tokenizer overnight.
 */
const priorVariance = 400
const drift = 0.3
const keptErrors = 100
/** The first reports show how far off the prior was, not how far off what has been learned is. */
const learningReports = 5
const smallestMargin = 0.02
const earlyMargin = 0.1

/**
 * Creates the calibration of one model, by its id such as `claude-haiku-4-5`; exact for OpenAI's
 * models from GPT-4o on, for others it begins with what is assumed of the tokenizer's family.
 */
export function createTokenCalibration(
  modelId: string,
  learned?: CalibrationState,
): TokenCalibration {
  const family = tokenizerFamily(modelId)
  let ascii = learned?.ascii ?? family.ascii
  let other = learned?.other ?? family.other
  let [pa, pc, po] = learned?.covariance ?? [priorVariance, 0, priorVariance * 4]
  let errors = learned?.errors ?? []

  const estimate = (count: TokenCount, overhead = 0) =>
    Math.ceil(count.ascii * ascii + count.other * other + overhead)

  return {
    estimate,
    observe(count, reported, overhead = 0) {
      const text = reported - overhead
      if (family.exact || text <= 0 || count.ascii + count.other === 0) return
      errors = [...errors, reported / estimate(count, overhead) - 1].slice(-keptErrors)
      // Divided by what was reported, so that a long request weighs no more than a short one.
      const a = count.ascii / text
      const o = count.other / text
      const ga = pa * a + pc * o
      const go = pc * a + po * o
      const spread = 1 + a * ga + o * go
      const missing = 1 - (ascii * a + other * o)
      ascii = within(ascii + (ga / spread) * missing)
      other = within(other + (go / spread) * missing)
      pa = Math.min(pa - (ga * ga) / spread + drift, priorVariance)
      pc = pc - (ga * go) / spread
      po = Math.min(po - (go * go) / spread + drift, priorVariance * 4)
    },
    margin() {
      if (family.exact) return 0
      return errors.length < 2 * learningReports
        ? earlyMargin
        : Math.max(smallestMargin, 3 * spreadOf(errors))
    },
    state: () => ({ ascii, other, covariance: [pa, pc, po], errors }),
  }
}

/** No tokenizer in use is further from o200k than this; a report beyond it is of something else. */
const within = (weight: number) => Math.min(Math.max(weight, 0.3), 6)

/** Root of the mean squared error; three times it holds 99 % of what is to come and more. */
function spreadOf(errors: readonly number[]): number {
  const settled = errors.length < keptErrors ? errors.slice(learningReports) : errors
  return Math.sqrt(settled.reduce((sum, error) => sum + error * error, 0) / settled.length)
}
