import { scriptMeasures } from './script-shares.ts'

/** What is assumed of a model's tokenizer before it has reported any usage. */
export interface TokenizerFamily {
  readonly name: 'o200k' | 'claude' | 'unknown'
  /** The tokenizer is public and is the one we count with: no calibration, no margin. */
  readonly exact: boolean
  /** Tokens of the model per token of ours, for ASCII and for each of `scriptMeasures`. */
  readonly ascii: number
  readonly scripts: readonly number[]
}

/** OpenAI models from GPT-4o on; earlier ones use cl100k and are calibrated like any other. */
const o200kModel =
  /(^|[/:])(gpt-4o|gpt-4\.1|gpt-4\.5|gpt-[5-9]|gpt-oss|chatgpt-4o|o[1-9])(?![a-z0-9])/i

/**
 * The family that a model id belongs to. The assumptions are high on purpose: a budget is kept from
 * the first request on, and learning brings them down. Anthropic says that its newer models need
 * about 30 % more tokens than its older ones; on text outside ASCII older tokenizers need 1.7 to 3.5
 * times as many as o200k.
 */
export function tokenizerFamily(modelId: string): TokenizerFamily {
  if (o200kModel.test(modelId))
    return { name: 'o200k', exact: true, ascii: 1, scripts: scriptMeasures.map(() => 1) }
  if (/claude/i.test(modelId))
    return { name: 'claude', exact: false, ascii: 1.35, scripts: assumed(1.2) }
  return { name: 'unknown', exact: false, ascii: 1.15, scripts: assumed(1) }
}

/** What tokenizers before o200k need, or nearly; 1.6 for what is not listed. */
const needed: Readonly<Record<string, number>> = {
  latin: 1.3,
  semitic: 2.2,
  indic: 3.3,
  'thai-khmer': 2.5,
}

/** What is measured twice has half of its weight in each. */
function assumed(factor: number): readonly number[] {
  return scriptMeasures.map((name) => {
    const measures = scriptMeasures.filter((each) => each === name).length
    return (factor * (needed[name] ?? 1.6)) / measures
  })
}
