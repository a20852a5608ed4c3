/** What a call used, in tokens. */
export interface Usage {
  /** All input tokens, those read from the provider's prompt cache included. */
  readonly inputTokens: number
  /** All output tokens, those spent on reasoning included. */
  readonly outputTokens: number
  /** The part of `inputTokens` that the provider read from its prompt cache. */
  readonly cachedInputTokens?: number
  /** The part of `outputTokens` that the model spent on reasoning. */
  readonly reasoningTokens?: number
  /** The provider did not say, or was cut off before it could: these are our own counts. */
  readonly estimated?: boolean
}

export const noUsage: Usage = { inputTokens: 0, outputTokens: 0 }

/** The sum over attempts; estimated as soon as one part is. */
export function addUsage(left: Usage, right: Usage): Usage {
  const cached = (left.cachedInputTokens ?? 0) + (right.cachedInputTokens ?? 0)
  const reasoning = (left.reasoningTokens ?? 0) + (right.reasoningTokens ?? 0)
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    ...(cached > 0 && { cachedInputTokens: cached }),
    ...(reasoning > 0 && { reasoningTokens: reasoning }),
    ...((left.estimated || right.estimated) && { estimated: true }),
  }
}
