import { fencedWhole } from './fence.ts'
import { readBoolean, readNull } from './read-boolean.ts'
import { readChoice, trimMarks } from './read-choice.ts'
import { readNumber } from './read-number.ts'
import type { Scalar, ScalarReading } from './reading.ts'
import { isRefusal } from './refusal.ts'
import type { View } from './view.ts'

/** Words in front of a number that make it another one, or none. */
const inexact =
  /\b(?:not|never|approximately|about|around|roughly|almost|nearly|over|under|above|below|at least|at most|up to|(?:more|less|fewer) than|between|maybe|perhaps|probably|estimate\w*|example|instance)\b|[~≈<>±]/i

/** A text longer than this does not answer with a word. */
const longest = 4000

/**
 * Scalars that are answered in words where the schema wants nothing but a scalar: `**True**`,
 * `The answer is 42.`, `Answer: HIGH`.
 */
export function readProse(text: string, view: View): ScalarReading {
  if (text.length > longest) return undefined
  const words = trimMarks(fencedWhole(text) ?? text)
  if (words === '') return undefined
  switch (view.kind) {
    case 'choice':
      return readChoice(words, view.values) ?? readChoice(text, view.values)
    case 'boolean':
      return readBoolean(words, true) ?? booleanInWords(text)
    case 'null':
      return readNull(words, true)
    case 'number':
      return readNumber(words, true, view) ?? numberInWords(text, view)
    case 'union':
      return readBranches(text, view.branches)
    default:
      return undefined
  }
}

function readBranches(text: string, branches: readonly View[]): ScalarReading {
  let found: Scalar | undefined
  for (const branch of branches) {
    const reading = readProse(text, branch)
    if (reading === undefined) continue
    if (reading === 'ambiguous') return 'ambiguous'
    if (found !== undefined && found.value !== reading.value) return 'ambiguous'
    found = reading
  }
  return found
}

function booleanInWords(text: string): ScalarReading {
  if (isRefusal(text)) return undefined
  const found = readChoice(text, ['true', 'false'])
  if (found === undefined || found === 'ambiguous') return found
  return { value: found.value === 'true', rule: 'boolean-in-words', class: 'likely' }
}

/** The number that a sentence ends with, if it is the only one: `The answer is **42**.` */
function numberInWords(text: string, view: Extract<View, { kind: 'number' }>): ScalarReading {
  if ((text.match(/\d[\d.,]*/g) ?? []).length !== 1) return undefined
  const end = /(?:\bis|\bare|\bequals|=|:)\s*[*_`"']*(-?\d[\d.,]*?)[*_`"']*[.!]?\s*$/i.exec(text)
  if (end?.[1] === undefined || inexact.test(text.slice(0, end.index))) return undefined
  const found = readNumber(end[1], true, view)
  if (found === undefined || found === 'ambiguous') return found
  return { value: found.value, rule: 'number-in-words', class: 'likely' }
}
