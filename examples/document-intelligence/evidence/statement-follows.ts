import { figureReadings, figuresIn } from './read-figures.ts'

/**
 * Whether a sentence stays within what its quote says, as far as that can be checked without a reader:
 * each of its figures, and each of its names, stands in the quote. A sentence may be put in other words,
 * but it cannot bring in a number or a person of its own.
 */
export function statementFollows(sentence: string, quote: string): boolean {
  const figures = new Set(figuresIn(quote))
  const isSaid = (readings: number[]): boolean => readings.some((reading) => figures.has(reading))
  if (!figureReadings(sentence).every(isSaid)) return false
  const said = quote.toLowerCase()
  return namesIn(sentence).every((name) => said.includes(name.toLowerCase()))
}

/** Words with a capital within a sentence, and words of capitals anywhere. */
function namesIn(sentence: string): string[] {
  const inner = sentence.match(/(?<=[\p{Ll}\p{N},;:)]\s)\p{Lu}[\p{L}\p{N}-]+/gu) ?? []
  const capitals = sentence.match(/(?<!\p{L})\p{Lu}{2,}(?!\p{L})/gu) ?? []
  return [...inner, ...capitals]
}
