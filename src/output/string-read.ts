import type { Fault, Repair } from './node.ts'

/** One string as it was read. */
export interface StringRead {
  readonly text: string
  /** Behind the closing quote, or where the missing one belongs. */
  readonly end: number
  readonly repairs: readonly Repair[]
  readonly fault?: Fault
}

/** The string that starts at `at` and does not end. */
export function openString(text: string, at: number, hasInnerQuotes = false): StringRead {
  const isMixedUp = hasInnerQuotes && !isCutAtEnd(text)
  const fault: Fault = {
    cause: isMixedUp ? 'syntax' : 'truncated',
    at,
    message: isMixedUp
      ? 'a string has quotes inside that are not escaped'
      : 'the text ends inside a string',
  }
  return { text: '', end: text.length, repairs: [], fault }
}

/** A text that ends in a bracket was rather written to its end than cut. */
function isCutAtEnd(text: string): boolean {
  return !/[}\]]\s*(?:```\s*)?$/.test(text.slice(-40))
}

/** The fault of a string that may end in two places. */
export function ambiguousString(text: string, at: number): Fault {
  return {
    cause: 'ambiguous',
    at,
    message: `it is not clear where the string ${JSON.stringify(text.slice(at, at + 24))}… ends`,
  }
}
