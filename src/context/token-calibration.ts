/**
 * Learns how a model's own tokenizer counts from what its provider reports.
 *
 * One factor does not do: a tokenizer that needs 5 % more than o200k for English may need three times as
 * many for Hindi. So the ASCII part of a text and each script have a weight of their own, found by
 * recursive least squares on relative errors, which takes constant space and forgets slowly. Scripts have
 * part of their uncertainty in common: who turns out to need more for one likely does for the others.
 */
import { otherScript, scriptMeasures } from './script-shares.ts'
import type { ScriptCount } from './token-count.ts'
import { tokenizerFamily } from './tokenizer-family.ts'

export interface TokenCalibration {
  /** The model's tokens for a count of ours, plus tokens that stand in no text; without margin. */
  estimate(count: ScriptCount, overhead?: number): number
  /** Learns from one request: our count and overhead of its input, and the provider's `inputTokens`. */
  observe(count: ScriptCount, reportedInputTokens: number, overhead?: number): void
  /** How far an estimate may be too low, as a share of it: 0 where counts are exact. */
  margin(): number
  /** What has been learned, as JSON that `createTokenCalibration` takes back. */
  state(): CalibrationState
}

export interface CalibrationState {
  /** Tokens of the model per token of ours: of ASCII, then of each of `scriptMeasures`. */
  readonly weights: readonly number[]
  /** Covariance of the weights, row by row. */
  readonly covariance: readonly number[]
  /** Reported over estimated tokens, less one, of the latest requests. */
  readonly errors: readonly number[]
}

const size = 1 + scriptMeasures.length

/**
 * Variances over that of one report, which is taken to be right to 2 %: of the prior weight of ASCII
 * (right to about 80 %) and of a script (110 %, half of it in common), and of what a weight may drift from
 * one request to the next (half a percent), since a provider may change its tokenizer overnight.
 */
const asciiVariance = 1_600
const scriptVariance = 3_200
const commonVariance = 1_600
const drift = 0.06
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
  const weights = [...(learned?.weights ?? [family.ascii, ...family.scripts])]
  const covariance = [...(learned?.covariance ?? priorCovariance())]
  let errors = learned?.errors ?? []

  const estimate = (count: ScriptCount, overhead = 0) => {
    const ours = count.ascii + count.other
    if (family.exact) return ours + overhead
    return Math.ceil(Math.max(weigh(count, weights), leastRatio * ours) + overhead)
  }

  return {
    estimate,
    observe(count, reported, overhead = 0) {
      const text = reported - overhead
      if (family.exact || text <= 0 || count.ascii + count.other === 0) return
      errors = [...errors, reported / estimate(count, overhead) - 1].slice(-keptErrors)
      // Divided by what was reported, so that a long request weighs no more than a short one.
      learn(
        weights,
        covariance,
        featuresOf(count).map((tokens) => tokens / text),
      )
    },
    margin() {
      if (family.exact) return 0
      return errors.length < 2 * learningReports
        ? earlyMargin
        : Math.max(smallestMargin, 3 * spreadOf(errors))
    },
    state: () => ({ weights: [...weights], covariance: [...covariance], errors }),
  }
}

/** The product of a count's features with the weights. */
function weigh({ ascii, other, scripts }: ScriptCount, weights: readonly number[]): number {
  const sum = ascii * (weights[0] ?? 0)
  if (!scripts) return sum + other * (weights[1 + otherScript] ?? 0)
  return scripts.reduce((total, tokens, at) => total + tokens * (weights[1 + at] ?? 0), sum)
}

/** The numbers that the weights stand for. A part whose script is not known counts as `other`. */
function featuresOf({ ascii, other, scripts }: ScriptCount): number[] {
  if (scripts) return [ascii, ...scripts]
  const features = new Array<number>(size).fill(0)
  features[0] = ascii
  features[1 + otherScript] = other
  return features
}

function priorCovariance(): number[] {
  return Array.from({ length: size * size }, (_, at) => {
    const [row, column] = [Math.floor(at / size), at % size]
    if (row === 0 || column === 0) return at === 0 ? asciiVariance : 0
    return row === column ? scriptVariance : commonVariance
  })
}

/** One step of recursive least squares: the features, over what was reported, should come to 1. */
function learn(weights: number[], covariance: number[], features: readonly number[]): void {
  const gain = features.map((_, row) =>
    features.reduce((sum, each, column) => sum + each * (covariance[row * size + column] ?? 0), 0),
  )
  const spread = 1 + product(features, gain)
  const missing = 1 - product(features, weights)
  for (let row = 0; row < size; row++) {
    const share = (gain[row] ?? 0) / spread
    weights[row] = within((weights[row] ?? 0) + share * missing)
    for (let column = 0; column < size; column++) {
      const at = row * size + column
      covariance[at] = (covariance[at] ?? 0) - share * (gain[column] ?? 0)
    }
    const own = row * size + row
    const prior = row === 0 ? asciiVariance : scriptVariance
    covariance[own] = Math.min((covariance[own] ?? 0) + drift, prior)
  }
}

function product(left: readonly number[], right: readonly number[]): number {
  let sum = 0
  for (let at = 0; at < left.length; at++) sum += (left[at] ?? 0) * (right[at] ?? 0)
  return sum
}

/** No tokenizer needs fewer of its tokens than this for one of ours. */
const leastRatio = 0.3
/** No tokenizer in use is further from o200k than this; two measures of a script may weigh up each other. */
const within = (weight: number) => Math.min(Math.max(weight, -1), 8)

/** Root of the mean squared error; three times it holds 99 % of what is to come and more. */
function spreadOf(errors: readonly number[]): number {
  const settled = errors.length < keptErrors ? errors.slice(learningReports) : errors
  return Math.sqrt(settled.reduce((sum, error) => sum + error * error, 0) / settled.length)
}
