import { stem, wordsOf } from './text.ts'

/**
 * Words that speak for a meaning. A group is found by any of its keys in the name of an option, and
 * then lends the option its words: `exchange` is meant by somebody who wants to swap euros.
 */
interface WordGroup {
  readonly keys: readonly string[]
  readonly words: readonly string[]
}

const list = (text: string): string[] => text.trim().split(/\s+/)

const groups: readonly WordGroup[] = [
  {
    keys: list('exchange swap trade convert transaction buy order purchase payment transfer'),
    words: list(`swap exchange convert trade buy sell purchase transfer send deposit withdraw order
      bitcoin btc ethereum eth euro euros eur dollar dollars usd pound pounds gbp crypto coin coins
      usdt usdc solana`),
  },
  {
    keys: list('support problem issue help technical bug incident complaint trouble account'),
    words: list(`problem error locked help failed fail fails broken stuck cannot can't won't doesn't
      wrong missing lost hacked stolen blocked crash crashes bug issue login password never
      complaint unable frozen rejected refused denied trouble reset access`),
  },
  {
    keys: list('inquiry question info information general faq enquiry ask research'),
    words: list(`what how which why when where fees fee limit limits question wondering explain
      difference information long possible mean work works much curious`),
  },
  {
    keys: list('billing invoice refund charge finance'),
    words: list(`invoice bill billing refund charged charge receipt subscription card payment tax`),
  },
  {
    keys: list('sales pricing quote demo'),
    words: list('price pricing quote demo offer plan plans discount trial enterprise upgrade'),
  },
  {
    keys: list('positive happy satisfied good praise'),
    words: list('great good excellent love perfect thank thanks happy wonderful fast helpful best'),
  },
  {
    keys: list('negative angry unhappy bad frustrated'),
    words: list(`bad terrible worst hate angry slow awful disappointed useless broken never failed
      unacceptable poor annoyed`),
  },
  {
    keys: list('urgent high critical emergency immediate asap'),
    words: list(
      'urgent asap immediately now emergency tonight critical hacked stolen hurry quickly',
    ),
  },
  {
    keys: list('low minor later relaxed'),
    words: list('whenever eventually sometime later hurry minor curious wondering'),
  },
  {
    keys: list('invoice receipt'),
    words: list('invoice total amount due vat tax subtotal billed'),
  },
  { keys: list('contract agreement'), words: list('agreement party parties hereby term clause') },
  { keys: list('resume cv résumé'), words: list('experience education skills employment degree') },
]

/** What an option falls back to when nothing in the text speaks for another. */
const neutral = new Set(
  list('other general neutral unknown none medium normal inquiry default mixed'),
)

export function isNeutral(option: string): boolean {
  return wordsOf(option).some((word) => neutral.has(word))
}

const stemmed = groups.map(({ keys, words }) => ({
  keys: new Set(keys.map(stem)),
  words: new Set([...keys, ...words].map(stem)),
}))

/** How strongly a text speaks for a meaning that is named by these words. */
export function affinity(names: readonly string[], text: string): number {
  const stems = names.map(stem)
  const related = stemmed.filter(({ keys }) => stems.some((name) => keys.has(name)))
  let score = 0
  for (const word of new Set(wordsOf(text).map(stem))) {
    if (stems.includes(word)) score += 2
    else if (related.some(({ words }) => words.has(word))) score += 1
  }
  return score
}
