import type { Filled } from './fill-number.ts'
import { findList } from './labels.ts'
import type { Reading } from './reading.ts'
import { sentencesOf, wordsOf } from './text.ts'

/** Whether a prompt asks for a text to be reviewed, which stands behind `Article:` or `Text:`. */
export function asksForReview(message: string): boolean {
  return /^review\b/i.test(message.trim()) && reviewed(message) !== undefined
}

function reviewed(message: string): string | undefined {
  return /^(?:Article|Text):\s*\n([\s\S]+)$/im.exec(message)?.[1]
}

/** The sentences that a list of findings quotes, by what the list is called. */
export function findingsFor(name: string, message: string): string[] {
  const sentences = sentencesOf(reviewed(message) ?? '')
  if (/unsupported|claim|fact/i.test(name)) {
    const facts = findList(message, 'facts')
    return sentences.filter((sentence) => numbersOf(sentence).some((each) => !isGiven(each, facts)))
  }
  if (/style|wording|finding|issue|problem/i.test(name)) return sentences.filter(isWordy)
  return []
}

const numbersOf = (text: string): string[] => text.match(/\d+(?:[.,]\d+)*/g) ?? []

function isGiven(number: string, facts: readonly string[]): boolean {
  return facts.some((fact) => numbersOf(fact).includes(number))
}

/** Longer than anybody reads in one breath, or with words that only add weight. */
function isWordy(sentence: string): boolean {
  const words = wordsOf(sentence)
  const weights = words.filter((word) => /^(very|really|quite|simply|extremely)$/.test(word))
  return words.length > 34 || weights.length > 1
}

/** A text field of a finding, whose subject is the sentence that it quotes. */
export function fillFinding(
  name: string,
  { message, subject }: Reading,
): Filled<string> | undefined {
  if (subject === undefined || !asksForReview(message)) return undefined
  if (/quote|sentence|excerpt/i.test(name)) return { value: subject, found: true }
  if (!/advice|problem|suggestion|comment|reason/i.test(name)) return undefined
  const value = isWordy(subject)
    ? `Say this in fewer words: it has ${wordsOf(subject).length}.`
    : 'The brief does not say this; leave it out or name its source.'
  return { value, found: true }
}
