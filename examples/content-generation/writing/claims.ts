/**
 * Whether a text states a claim. Models paraphrase, so this asks for the words that carry the meaning and
 * for every number, within one sentence. It is a rule of thumb, and it errs on the side of the editor: a
 * fact that is told too freely counts as missing, and is then told in the words of the brief.
 */

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })

export function sentencesOf(text: string): string[] {
  return text
    .split(/\n+/)
    .flatMap((line) => [...segmenter.segment(line)].map(({ segment }) => segment.trim()))
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence))
}

const littleWords = new Set(
  `a an the and or but of to in on at by for from with is are was were be been has have had it its this
  that these those as up can may must will would not no`.split(/\s+/),
)

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+(?:[.,]\p{N}+)*/gu) ?? []
}

/** The words that carry the meaning, without their plural endings. */
export function contentWords(text: string): string[] {
  return wordsOf(text)
    .filter((word) => !littleWords.has(word))
    .map((word) => (/\p{N}/u.test(word) ? word : word.replace(/(?<=\p{L}{3})(es|s)$/u, '')))
}

export const countWords = (text: string): number => wordsOf(text).length

/** The share of a claim's words that its sentence has to hold. */
const enoughWords = 0.75

export function sentenceStates(sentence: string, claim: string): boolean {
  const held = new Set(contentWords(sentence))
  const wanted = contentWords(claim)
  if (wanted.length === 0) return false
  const numbers = wanted.filter((word) => /\p{N}/u.test(word))
  if (numbers.some((number) => !held.has(number))) return false
  return wanted.filter((word) => held.has(word)).length / wanted.length >= enoughWords
}

export function states(text: string, claim: string): boolean {
  return sentencesOf(text).some((sentence) => sentenceStates(sentence, claim))
}

/** The sentences that hold a forbidden word or make a forbidden claim, with what forbids them. */
export function forbiddenIn(text: string, forbidden: readonly string[]) {
  return sentencesOf(text).flatMap((sentence) => {
    const because = forbidden.find((each) => holds(sentence, each))
    return because === undefined ? [] : [{ sentence, because }]
  })
}

/** Short entries are words that may not appear; longer ones are claims, which can be paraphrased. */
function holds(sentence: string, forbidden: string): boolean {
  const plain = (text: string) => ` ${wordsOf(text).join(' ')} `
  if (plain(sentence).includes(plain(forbidden))) return true
  return contentWords(forbidden).length >= 4 && sentenceStates(sentence, forbidden)
}

/** Sentences with a number that no fact of the brief gives: what models invent most. */
export function unknownNumbers(text: string, facts: readonly string[]): string[] {
  const given = new Set(numbersOf(facts.join(' ')))
  return sentencesOf(text).filter((sentence) =>
    numbersOf(sentence).some((each) => !given.has(each)),
  )
}

const numbersOf = (text: string): string[] => text.match(/\p{N}+(?:[.,]\p{N}+)*/gu) ?? []

/** A claim as a sentence of its own. */
export function asSentence(claim: string): string {
  const text = claim.charAt(0).toUpperCase() + claim.slice(1)
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** A text without some of its sentences; paragraphs that become empty go with them. */
export function withoutSentences(text: string, removed: readonly string[]): string {
  return text
    .split(/\n{2,}/)
    .map((paragraph) => removed.reduce((left, each) => left.replace(each, ''), paragraph))
    .map((paragraph) => paragraph.replaceAll(/ {2,}/g, ' ').trim())
    .filter((paragraph) => paragraph !== '')
    .join('\n\n')
}
