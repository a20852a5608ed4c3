import { describe, expect, it } from 'vitest'
import { addUsage, noUsage } from './usage.ts'

describe('addUsage', () => {
  it('sums every part and stays estimated once it is', () => {
    const sum = addUsage(
      { inputTokens: 10, outputTokens: 5, cachedInputTokens: 4 },
      { inputTokens: 1, outputTokens: 2, reasoningTokens: 1, estimated: true },
    )
    expect(sum).toEqual({
      inputTokens: 11,
      outputTokens: 7,
      cachedInputTokens: 4,
      reasoningTokens: 1,
      estimated: true,
    })
  })

  it('has a neutral element', () => {
    expect(addUsage(noUsage, { inputTokens: 3, outputTokens: 4 })).toEqual({
      inputTokens: 3,
      outputTokens: 4,
    })
  })
})
