/** What is assumed of a model's tokenizer before it has reported any usage. */
export interface TokenizerFamily {
  readonly name: 'o200k' | 'claude' | 'unknown'
  /** The tokenizer is public and is the one we count with: no calibration, no margin. */
  readonly exact: boolean
  /** Tokens of the model per token of ours, for the ASCII part and for the rest of a text. */
  readonly ascii: number
  readonly other: number
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
  if (o200kModel.test(modelId)) return { name: 'o200k', exact: true, ascii: 1, other: 1 }
  if (/claude/i.test(modelId)) return { name: 'claude', exact: false, ascii: 1.35, other: 2 }
  return { name: 'unknown', exact: false, ascii: 1.15, other: 1.6 }
}
