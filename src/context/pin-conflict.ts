/**
 * Finds a sentence that plainly contradicts a pinned one: the same said with a `not`, with another
 * number, or with another value for the same thing. What contradicts it in other words is beyond a
 * comparison of words; the pin itself stands in every context all the same.
 */
import { termsOf } from './terms.ts'

const negation = /\b(?:not|no|never|none|without|cannot|neither|nor)\b|n['’]t\b/i
const number = /\d+(?:[.,:/-]\d+)*/g
const copula = /\s*(?:\b(?:is|are|was|were|equals)\b|[:=])\s*/i
/** Two sentences speak of the same if they share this part of the pin's words. */
const sameTopic = 0.75

/** Whether a statement contradicts a pin, as far as words tell. */
export function contradictsPin(statement: string, pin: string): boolean {
  return sentencesOf(pin).some((pinned) =>
    sentencesOf(statement).some((said) => contradicts(said, pinned)),
  )
}

function contradicts(said: string, pinned: string): boolean {
  const pinnedWords = wordsOf(pinned)
  const saidWords = wordsOf(said)
  if (pinnedWords.size === 0) return false
  if (shareOf(pinnedWords, saidWords) >= sameTopic) {
    if (negation.test(said) !== negation.test(pinned)) return true
    if (otherNumbers(said, pinned)) return true
  }
  return otherValue(said, pinned)
}

/** Both name numbers, and none of the pinned ones is among those said. */
function otherNumbers(said: string, pinned: string): boolean {
  const saidNumbers: readonly string[] = said.match(number) ?? []
  const pinnedNumbers: readonly string[] = pinned.match(number) ?? []
  if (saidNumbers.length === 0 || pinnedNumbers.length === 0) return false
  return !pinnedNumbers.some((each) => saidNumbers.includes(each))
}

/** `The billing plan is Team` against `The billing plan is Free`. */
function otherValue(said: string, pinned: string): boolean {
  const [subject, value] = parted(pinned)
  const [otherSubject, other] = parted(said)
  // A subject of one word, such as a name, has many properties that do not exclude one another.
  if (subject.size < 2 || value.size === 0 || other.size === 0) return false
  if (subject.size !== otherSubject.size || shareOf(subject, otherSubject) < 1) return false
  return shareOf(value, other) === 0 && negation.test(said) === negation.test(pinned)
}

function parted(sentence: string): readonly [ReadonlySet<string>, ReadonlySet<string>] {
  const at = copula.exec(sentence)
  if (!at) return [new Set(), new Set()]
  return [wordsOf(sentence.slice(0, at.index)), allTerms(sentence.slice(at.index + at[0].length))]
}

const sentencesOf = (text: string) => text.split(/(?<=[.!?。！？])\s+|\n+/)

const allTerms = (text: string): ReadonlySet<string> => new Set(termsOf(text))

const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(termsOf(text).filter((term) => !/\d/.test(term)))

function shareOf(wanted: ReadonlySet<string>, found: ReadonlySet<string>): number {
  if (wanted.size === 0) return 0
  let shared = 0
  for (const term of wanted) if (found.has(term)) shared++
  return shared / wanted.size
}
