import type { Usage } from './usage.ts'

/** US dollars per million tokens. */
export interface Price {
  readonly input: number
  readonly output: number
  /** For input read from the provider's prompt cache; the full input price where it is not given. */
  readonly cachedInput?: number
}

/** Prices by model id. A dated id such as `gpt-5-mini-2025-08-07` finds the price of its family. */
export type PriceTable = Readonly<Record<string, Price>>

/**
 * List prices as the vendors publish them (openai.com/api/pricing, claude.com/pricing,
 * ai.google.dev/pricing), standard tier. Prices change: pass `prices` to `createHoldfast` to correct
 * or extend them.
 */
export const listPrices: PriceTable = {
  'gpt-5': { input: 1.25, cachedInput: 0.125, output: 10 },
  'gpt-5-mini': { input: 0.25, cachedInput: 0.025, output: 2 },
  'gpt-5-nano': { input: 0.05, cachedInput: 0.005, output: 0.4 },
  'gpt-4.1': { input: 2, cachedInput: 0.5, output: 8 },
  'gpt-4.1-mini': { input: 0.4, cachedInput: 0.1, output: 1.6 },
  'gpt-4.1-nano': { input: 0.1, cachedInput: 0.025, output: 0.4 },
  'gpt-4o': { input: 2.5, cachedInput: 1.25, output: 10 },
  'gpt-4o-mini': { input: 0.15, cachedInput: 0.075, output: 0.6 },
  'claude-opus-4-5': { input: 5, cachedInput: 0.5, output: 25 },
  'claude-sonnet-4-5': { input: 3, cachedInput: 0.3, output: 15 },
  'claude-haiku-4-5': { input: 1, cachedInput: 0.1, output: 5 },
  'gemini-2.5-pro': { input: 1.25, cachedInput: 0.125, output: 10 },
  'gemini-2.5-flash': { input: 0.3, cachedInput: 0.03, output: 2.5 },
  // The stand-ins of a first run cost nothing.
  'rehearsal-primary': { input: 0, output: 0 },
  'rehearsal-fallback': { input: 0, output: 0 },
}

/** A version that providers append to a family: `-2025-08-07`, `-20251001`, `-latest`. */
const versionSuffix = /-(\d{4}-\d{2}-\d{2}|\d{8}|latest)$/

/** The price of a model, or undefined where the table does not know it: a cost is never guessed. */
export function findPrice(modelId: string, prices: PriceTable): Price | undefined {
  const bare = modelId.slice(modelId.lastIndexOf('/') + 1)
  for (const id of [modelId, bare, bare.replace(versionSuffix, '')]) {
    if (Object.hasOwn(prices, id)) return prices[id]
  }
  return undefined
}

/** What a usage costs in US dollars. */
export function costUsd(usage: Usage, price: Price): number {
  const cached = usage.cachedInputTokens ?? 0
  const fresh = usage.inputTokens - cached
  const perMillion =
    fresh * price.input +
    cached * (price.cachedInput ?? price.input) +
    usage.outputTokens * price.output
  return perMillion / 1_000_000
}
