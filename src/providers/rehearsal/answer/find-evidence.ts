/**
 * Where a text states a field: behind a label, beside it, or below it, as forms do, or in the words of a
 * sentence. What is found is given with the words that it stands in, and nothing is made up: a field
 * that no label and no phrase speaks of is not found.
 */
import { sentencesOf, stem, unwrap, wordsOf } from './text.ts'

/** What a text says of a field, and the words in which it says so. */
export interface Evidence<Value = unknown> {
  readonly value: Value
  readonly quote: string
}

/** A piece of text as the value of a field, or undefined where it cannot be one. */
export type ReadValue<Value> = (text: string) => Value | undefined

interface Candidate extends Evidence<string> {
  /** The words of its label. */
  readonly label: readonly string[]
}

/** Below this a label is about something else. */
const leastSimilarity = 0.7

/** The place where a text states a field best, by the names that the field may have there. */
export function findEvidence<Value>(
  text: string,
  names: readonly string[],
  read: ReadValue<Value>,
): Evidence<Value> | undefined {
  let best: { score: number; found: Evidence<Value> } | undefined
  const candidates = labelledValues(text)
  for (const [order, name] of names.entries()) {
    const wanted = labelWords(name)
    for (const { label, value, quote } of candidates) {
      const score = similarity(wanted, label) - order / 1_000
      if (score < leastSimilarity || score <= (best?.score ?? 0)) continue
      const said = read(value)
      if (said !== undefined) best = { score, found: { value: said, quote } }
    }
  }
  return best?.found ?? findPhrase(text, names, read)
}

/** Words that labels of forms are made of; a row of nothing else is a row of labels. */
const vocabulary = new Set(
  `invoice bill number no date due order your our reference ref from to ship customer supplier vendor
  payment terms period account total amount currency issued issue sold billing contract po page`.split(
    /\s+/,
  ),
)

function labelledValues(text: string): Candidate[] {
  const lines = text.split('\n')
  const found: Candidate[] = []
  for (const [at, line] of lines.entries()) {
    const cells = line.split('\t')
    const below = lines[at + 1]?.split('\t') ?? []
    const isHead = cells.every(isLabel) && below.length === cells.length
    for (const [column, cell] of cells.entries()) {
      const inCell = /^[\s>*•-]*([^:]{1,40}):\s*(\S.*)$/.exec(cell)
      if (inCell?.[1] && inCell[2]) {
        found.push({ label: labelWords(inCell[1]), value: inCell[2], quote: cell.trim() })
        continue
      }
      const next = isHead ? below[column] : cells[column + 1]
      if (next === undefined || next.trim() === '' || cell.length > 40) continue
      const quote = quoteOf({ isHead, cell, next, text, below })
      found.push({ label: labelWords(cell), value: next, quote })
    }
  }
  return found
}

function isLabel(cell: string): boolean {
  const words = wordsOf(cell)
  return words.length > 0 && words.every((word) => vocabulary.has(word))
}

/** A value below its label is quoted alone where it stands in the text once, else with its line. */
function quoteOf(place: {
  readonly isHead: boolean
  readonly cell: string
  readonly next: string
  readonly text: string
  readonly below: readonly string[]
}): string {
  const { isHead, cell, next, text, below } = place
  if (!isHead) return `${cell}\t${next}`.trim()
  return text.split(next).length === 2 ? next.trim() : below.join('\t')
}

/** Without figures, which belong to the value: `VAT 19 %` is called `VAT`. */
const labelWords = (label: string): string[] =>
  wordsOf(label)
    .filter((word) => !/^\d/.test(word))
    .map(stem)

/** 1 where both have the same words; each word that only one of them has takes away from that. */
function similarity(wanted: readonly string[], label: readonly string[]): number {
  const hits = wanted.filter((word) => label.includes(word)).length
  return hits === 0 ? 0 : (2 * hits) / (wanted.length + label.length)
}

/** `a notice period of 90 days`: the field's name in a sentence, with its value behind it. */
function findPhrase<Value>(
  text: string,
  names: readonly string[],
  read: ReadValue<Value>,
): Evidence<Value> | undefined {
  const sentences = sentencesOf(unwrap(text))
  for (const name of names) {
    const words = name.match(/[\p{L}\p{N}]+/gu)?.join(String.raw`[\s-]+`)
    if (words === undefined) continue
    // One word alone is too common to be followed by its value without a verb between them.
    const link = String.raw`(?:\s+(?:is|are|of|shall be))${name.includes(' ') ? '?' : ''}`
    const phrase = new RegExp(
      String.raw`(?<![\p{L}\p{N}])${words}${link}\s+(?!is\b|of\b)([^;\n]{1,160})`,
      'iu',
    )
    for (const sentence of sentences) {
      const said = phrase.exec(sentence)?.[1]?.replace(/[.!?\s]+$/, '')
      const value = said === undefined ? undefined : read(said)
      if (value !== undefined) return { value, quote: sentence }
    }
  }
  return undefined
}
