import { describe, expect, it } from 'vitest'
import { tryCorrections } from '../bench/output-corrections.ts'

/**
 * The correction loop against a scripted model whose answers are damaged in 40 ways, each answer to a
 * correction in 8 of 100 cases once more.
 */
describe('corrections of a scripted model', () => {
  it('lead to the right answer within two, and to no wrong one', async () => {
    const sum = await tryCorrections({ count: 400, seed: 1 })
    const seen = sum.answers - sum.hidden
    expect(sum.wrong).toBe(0)
    expect(sum.right / seen).toBeGreaterThanOrEqual(0.99)
    expect(sum.failed).toBeGreaterThan(50)
    expect(sum.corrections / sum.failed).toBeLessThanOrEqual(1.15)
  })

  it('keep to their number and say their price where every answer is damaged', async () => {
    const sum = await tryCorrections({ count: 200, seed: 5_000, damagedAgain: 1 })
    expect(sum.wrong).toBe(0)
    expect(sum.unanswered).toBeGreaterThan(0)
    expect(sum.corrections).toBeLessThanOrEqual(2 * sum.failed)
    expect(sum.correctionCostUsd).toBeGreaterThan(0)
    expect(sum.correctionTokens).toBeLessThan(sum.tokens)
  })
})
