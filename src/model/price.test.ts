import { describe, expect, it } from 'vitest'
import { costUsd, findPrice, listPrices } from './price.ts'

describe('prices', () => {
  it('finds a dated id and a routed id by their family', () => {
    expect(findPrice('gpt-5-mini-2025-08-07', listPrices)).toBe(listPrices['gpt-5-mini'])
    expect(findPrice('claude-haiku-4-5-20251001', listPrices)).toBe(listPrices['claude-haiku-4-5'])
    expect(findPrice('openai/gpt-5', listPrices)).toBe(listPrices['gpt-5'])
  })

  it('guesses no price for a model that it does not know', () => {
    expect(findPrice('gpt-5-pro-max', listPrices)).toBeUndefined()
    expect(findPrice('constructor', listPrices)).toBeUndefined()
  })

  it('counts cached input at its own price', () => {
    const price = { input: 1, cachedInput: 0.1, output: 10 }
    const usage = { inputTokens: 1_000_000, cachedInputTokens: 400_000, outputTokens: 100_000 }
    expect(costUsd(usage, price)).toBeCloseTo(0.6 + 0.04 + 1)
  })
})
