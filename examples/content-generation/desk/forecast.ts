import type { PriceTable } from 'holdfast'
import { type Brief, sectionCount } from '../writing/brief.ts'
import { type Cost, total } from '../writing/work.ts'

/** What articles are likely to cost, and what they can cost at most. */
export interface Forecast {
  readonly likely: Cost
  /** The sum of the budgets: no article passes its own. */
  readonly most: Cost
  /** Finished articles that the likely cost is corrected by. */
  readonly learnedFrom: number
}

/** Of a prompt without the brief: instructions, labels and the schema. */
const promptTokens = 260

/** English of vendors' models; what an article really took corrects it. */
const tokensPerWord = 1.4

/** One draft in three is revised; a correction or a retry comes now and then. */
const revisedShare = 0.35

/** A budget has room for every section to be revised and for some attempts to fail. */
const budgetFactor = 4

/** By the steps of the pipeline: outline, sections, review, revisions, head. */
export function likelyCost(brief: Brief, price: PriceTable[string]): Cost {
  const sections = sectionCount(brief)
  const briefTokens = wordsIn(brief) * tokensPerWord
  const articleTokens = brief.words * tokensPerWord
  const calls = 3 + sections * (1 + revisedShare)
  const input = calls * (promptTokens + briefTokens) + articleTokens * (1 + revisedShare)
  const output = articleTokens * (1 + revisedShare) + sections * 60 + 250
  return {
    usd: (input * price.input + output * price.output) / 1_000_000,
    tokens: Math.round(input + output),
  }
}

export function budgetFor(brief: Brief, price: PriceTable[string]): Cost {
  const { usd, tokens } = likelyCost(brief, price)
  return {
    usd: roundUp(usd * budgetFactor),
    tokens: Math.ceil((tokens * budgetFactor) / 1_000) * 1_000,
  }
}

/** What one more section may cost: the share of a section in the budget. */
export function sectionAllowance(brief: Brief, price: PriceTable[string]): Cost {
  const { usd, tokens } = budgetFor(brief, price)
  const share = 1.5 / sectionCount(brief)
  return { usd: roundUp(usd * share), tokens: Math.ceil(tokens * share) }
}

/** What finished articles took, beside what was thought likely for them. */
export interface Experience {
  readonly likely: Cost
  readonly spent: Cost
}

/** Few articles say little, so what was thought before counts as much as five of them. */
const weightOfThought = 5

export function forecast(
  briefs: readonly { readonly brief: Brief; readonly budget: Cost }[],
  price: PriceTable[string],
  experience: readonly Experience[],
): Forecast {
  const likely = total(briefs.map(({ brief }) => likelyCost(brief, price)))
  const thought = total(experience.map((each) => each.likely))
  const spent = total(experience.map((each) => each.spent))
  const correction = (was: number, became: number) => {
    const weight = experience.length / (experience.length + weightOfThought)
    return was === 0 ? 1 : 1 - weight + (weight * became) / was
  }
  return {
    likely: {
      usd: likely.usd * correction(thought.usd, spent.usd),
      tokens: Math.round(likely.tokens * correction(thought.tokens, spent.tokens)),
    },
    most: total(briefs.map(({ budget }) => budget)),
    learnedFrom: experience.length,
  }
}

function wordsIn({ topic, audience, mustAppear, mustNotAppear }: Brief): number {
  return [topic, audience, ...mustAppear, ...mustNotAppear].join(' ').split(/\s+/).length
}

/** To a tenth of a cent, upwards. */
const roundUp = (usd: number): number => Math.ceil(usd * 1_000) / 1_000
