import {
  closesQuote,
  hasNewline,
  isCloser,
  isDigit,
  isQuote,
  isSpace,
  isWord,
} from './characters.ts'
import { closingEvidence, type StringPlace } from './closing.ts'
import { quotedKeyAhead } from './lookahead.ts'

/**
 * Finds where a string ends when quotes inside it were not escaped.
 *
 * The problem: in `"He said "hi", and left"` the second quote could close. The road taken: a quote
 * closes if what follows fits the grammar (`closing.ts`), except that quotes inside a text come in
 * pairs: while such a pair is open, a quote that only fits weakly closes the pair. Where a quote
 * looks like an end and the text goes on, or the pairs do not come out even, two readings are left,
 * and the string is marked ambiguous.
 */
interface StringEnd {
  /** Where the content ends and the closing quote stands. */
  readonly contentEnd: number
  readonly end: number
  readonly innerQuotes: boolean
  readonly ambiguous: boolean
  readonly closed: boolean
  readonly missingQuote: boolean
  /** Quotes inside are written twice. */
  readonly isDoubled?: boolean
}

/** An end that nothing is wrong with. */
const plainEnd = { closed: true, innerQuotes: false, ambiguous: false, missingQuote: false }

/** How far a string with doubled quotes is followed; each start of one is tried. */
const longestDoubled = 2000

const backslash = 0x5c

/** A key ends at its first quote; `"key:"value"` lacks the one before the colon. */
export function findKeyEnd(text: string, at: number, width: number): StringEnd {
  const quote = text.charCodeAt(at)
  let end = at + width
  while (end < text.length && !closesQuote(quote, text.charCodeAt(end))) {
    end += text.charCodeAt(end) === backslash ? 2 : 1
  }
  if (end >= text.length) return { ...plainEnd, contentEnd: end, end, closed: false }
  const isMissing = text.charCodeAt(end - 1) === 0x3a && isWord(text.charCodeAt(end + 1))
  if (isMissing) return { ...plainEnd, contentEnd: end - 1, end: end - 1, missingQuote: true }
  const isDoubled = width === 2 && text.charCodeAt(end + 1) === quote
  return { ...plainEnd, contentEnd: end, end: end + (isDoubled ? 2 : 1) }
}

/** The end of a value; quotes inside it are weighed. */
export function findValueEnd(
  text: string,
  start: number,
  width: number,
  place: StringPlace,
): StringEnd {
  const quote = text.charCodeAt(start)
  const from = start + width
  let innerQuotes = false
  let pairOpen = false
  /** The open pair began in the middle of a word, as a slip does, so nothing will close it. */
  let isSlip = false
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === backslash) at++
    if (!closesQuote(quote, code)) continue
    if (quote === 0x27 && isApostrophe(text, at)) continue
    if (quote === 0x22 && (isInchMark(text, at) || isInCharacterClass(text, at))) {
      innerQuotes = true
      continue
    }
    const closing = width === 2 && text.charCodeAt(at + 1) === quote ? 2 : 1
    const evidence = closingEvidence(text, at + closing, place)
    if (pairOpen ? evidence === 'strong' : evidence !== 'none') {
      const ambiguous = pairOpen && !isSlip
      return { ...plainEnd, contentEnd: at, end: at + closing, innerQuotes, ambiguous }
    }
    if (!innerQuotes && text.charCodeAt(at + 1) === quote) {
      const doubled = scanDoubled(text, at, quote, place)
      if (doubled !== undefined) return doubled
    }
    const early = innerQuotes ? undefined : earlyEnd(text, from, at, place)
    if (early !== undefined) return early
    innerQuotes = true
    if (pairOpen) {
      // A quote between a gap and a word opens; where one should close, the pairs are mixed up.
      const isOpening = /[\s,:=([{]/.test(text.charAt(at - 1)) && isWord(text.charCodeAt(at + 1))
      if (isOpening) return { ...plainEnd, contentEnd: at, end: at, innerQuotes, ambiguous: true }
      pairOpen = false
    } else if (opensPair(text, from, at)) {
      pairOpen = true
      isSlip = isWord(text.charCodeAt(at - 1)) && isWord(text.charCodeAt(at + 1))
    } else if (!closesLowQuote(text, from, at)) {
      return { ...plainEnd, contentEnd: at, end: at, innerQuotes, ambiguous: true }
    }
  }
  const line = innerQuotes ? undefined : lastLine(text, from)
  if (line !== undefined) return { ...plainEnd, contentEnd: line, end: line, missingQuote: true }
  return { ...plainEnd, contentEnd: text.length, end: text.length, closed: false, innerQuotes }
}

/** A string whose inner quotes are doubled, as in SQL and CSV, from the first of them on. */
function scanDoubled(
  text: string,
  first: number,
  quote: number,
  place: StringPlace,
): StringEnd | undefined {
  // `""so` opens and `so""` closes a quotation; `''s` is an apostrophe.
  if (!isWord(text.charCodeAt(first + 2))) return undefined
  const limit = Math.min(text.length, first + longestDoubled)
  for (let at = first; at < limit; at++) {
    const code = text.charCodeAt(at)
    if (code === backslash) at++
    else if (code === quote && text.charCodeAt(at + 1) === quote) at++
    else if (code === quote) {
      if (closingEvidence(text, at + 1, place) !== 'strong') return undefined
      return { ...plainEnd, contentEnd: at, end: at + 1, innerQuotes: true, isDoubled: true }
    }
  }
  return undefined
}

/** The end of the first line of a string that lacks its quote, if only closing brackets follow. */
function lastLine(text: string, from: number): number | undefined {
  const newline = text.indexOf('\n', from)
  if (newline < 0 || text.length - newline > 200) return undefined
  const isClosed = /[}\]]\s*$/.test(text.slice(from, newline))
  return !isClosed && /^\s*[}\]][\s}\]]*$/.test(text.slice(newline)) ? newline : undefined
}

/** The quote at `at` opens the next key, so that this string lacks its own before the comma. */
function earlyEnd(
  text: string,
  from: number,
  at: number,
  place: StringPlace,
): StringEnd | undefined {
  const comma = lastVisible(text, from, at)
  if (place.role === 'item') {
    // A line that ends in a comma, and a next one that starts with a quote.
    const isNextLine = text.charCodeAt(comma) === 0x2c && hasNewline(text, comma, at)
    return isNextLine
      ? { ...plainEnd, contentEnd: comma, end: comma, missingQuote: true }
      : undefined
  }
  const isKeyQuote = text.charCodeAt(comma) === 0x2c && quotedKeyAhead(text, at, place.known)?.known
  const end = isKeyQuote ? comma : bareKeyBefore(text, from, comma, place)
  // `"b},"c":` may have lost a quote before the brace or before the comma.
  if (end === undefined || isCloser(text.charCodeAt(lastVisible(text, from, end)))) return undefined
  // `"C:\dir\",` has its quote, behind a backslash that was not escaped; `"so \"hi\",` lacks it.
  const ambiguous = endsInUnpairedQuote(text, from, end)
  return { ...plainEnd, contentEnd: end, end, missingQuote: true, ambiguous }
}

/** Whether the last character before `end` is an escaped quote that no other one pairs with. */
function endsInUnpairedQuote(text: string, from: number, end: number): boolean {
  if (text.charCodeAt(end - 2) !== backslash || !isQuote(text.charCodeAt(end - 1))) return false
  let count = 0
  for (let at = from; at < end; at++) {
    if (text.charCodeAt(at) !== backslash) continue
    if (isQuote(text.charCodeAt(at + 1))) count++
    at++
  }
  return count % 2 === 1
}

/** The place of the comma in `, key: "`, whose colon stands at `colon`, where the key is known. */
function bareKeyBefore(
  text: string,
  from: number,
  colon: number,
  place: StringPlace,
): number | undefined {
  if (text.charCodeAt(colon) !== 0x3a) return undefined
  const match = /,\s*([\p{L}\w$-]{1,60})\s*$/u.exec(text.slice(Math.max(from, colon - 80), colon))
  if (match?.[1] === undefined || !place.known.has(match[1])) return undefined
  return colon - match[0].length
}

function lastVisible(text: string, from: number, before: number): number {
  let at = before - 1
  while (at > from && before - at < 80 && isSpace(text.charCodeAt(at))) at--
  return at
}

/** A quote with a word behind it, or between brackets, opens a pair; one before a space ends one. */
function opensPair(text: string, from: number, at: number): boolean {
  const next = text.charCodeAt(at + 1)
  if (isSpace(next) || next === 0x3a) return false
  if (isWord(next)) return true
  return at === from || !isWord(text.charCodeAt(at - 1))
}

/** `„so“` is often closed by a straight quote. */
function closesLowQuote(text: string, from: number, at: number): boolean {
  const before = text.slice(Math.max(from, at - 160), at)
  const opened = Math.max(before.lastIndexOf('„'), before.lastIndexOf('“'))
  return opened >= 0 && !/[”"]/.test(before.slice(opened))
}

/** `12" pizza` and `5'3")`: behind a digit, with more text behind it. */
function isInchMark(text: string, at: number): boolean {
  if (!isDigit(text.charCodeAt(at - 1))) return false
  const next = text.slice(at + 1, at + 24)
  if (/^(?:\s?[x×]\s?\d|\s[a-z]{2,}(?![a-z]*\s*:))/.test(next)) return true
  return (
    /\d'\s?\d{1,2}$/.test(text.slice(Math.max(0, at - 6), at)) && !/^\s*(?:[,:}\]]|$)/.test(next)
  )
}

/** `['"]` and `[^"]` in a regular expression. */
function isInCharacterClass(text: string, at: number): boolean {
  const after = /^(['"`\\]{0,3})\]/.exec(text.slice(at + 1, at + 5))
  const before = /\[(\^?['"`\\]{0,3})$/.exec(text.slice(Math.max(0, at - 5), at))
  return after !== null && before !== null && `${before[1]}${after[1]}` !== ''
}

function isApostrophe(text: string, at: number): boolean {
  return isWord(text.charCodeAt(at - 1)) && isWord(text.charCodeAt(at + 1))
}
