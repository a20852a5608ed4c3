import { closesQuote, hasNewline, isCloser, isDigit, isNewline, isSpace, isWord } from './characters.ts'
import { closingEvidence, type StringPlace } from './closing.ts'
import { decodeEscapes } from './escapes.ts'
import { quotedKeyAhead } from './lookahead.ts'
import type { Fault, Repair } from './node.ts'

/**
 * Reads one string, whatever its quotes, and finds its end when quotes inside were not escaped.
 *
 * The problem: in `"He said "hi", and left"` the second quote could close. The road taken: a quote
 * closes if what follows fits the grammar (`closing.ts`), except that quotes inside a text come in
 * pairs: while such a pair is open, a quote that only fits weakly closes the pair. Where a quote
 * looks like an end and the text goes on, or the pairs do not come out even, two readings are left,
 * and the string is marked ambiguous.
 */
export interface StringRead {
  readonly text: string
  /** Behind the closing quote, or where the missing one belongs. */
  readonly end: number
  readonly repairs: readonly Repair[]
  readonly fault?: Fault
}

interface Scan {
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
const noRepairs: readonly Repair[] = []

/** Reads the string whose opening quote stands at `at`. */
export function readString(text: string, at: number, place: StringPlace): StringRead {
  const quote = text.charCodeAt(at)
  if (quote === backslash) return readEscapedString(text, at)
  if (text.charCodeAt(at + 1) === quote) {
    if (text.charCodeAt(at + 2) === quote) return readTripleString(text, at, place)
    if (startsDoubled(text, at + 2)) return readQuoted(text, at, 2, place)
    return { text: '', end: at + 2, repairs: quoteRepair(text, at, at + 2) }
  }
  return readQuoted(text, at, 1, place)
}

function readQuoted(text: string, at: number, width: number, place: StringPlace): StringRead {
  const from = at + width
  const scan =
    place.role === 'key' ? scanKey(text, at, width) : scanValue(text, at, width, place)
  if (!scan.closed) {
    return { text: '', end: text.length, repairs: noRepairs, fault: openString(text, at, scan) }
  }
  const written = text.slice(from, scan.contentEnd)
  const quote = text.charAt(at)
  const raw = scan.isDoubled ? written.replaceAll(quote + quote, quote) : written
  const decoded = decodeEscapes(raw)
  const repairs: Repair[] = [...quoteRepair(text, at, scan.end, width)]
  const note = (rule: string, kind: Repair['class'], before: string, after: string) =>
    repairs.push({ rule, class: kind, at, before, after })
  if (hasRawControl(raw)) note('raw-newline', 'lossless', raw, decoded.text)
  if (decoded.rule !== undefined) {
    note(decoded.rule, decoded.class ?? 'lossless', raw, decoded.text)
  }
  if (scan.innerQuotes) note('inner-quotes', 'likely', raw, decoded.text)
  if (scan.missingQuote) note('missing-quote', 'likely', raw, decoded.text)
  // `""so""` are a string's own quotes or quotes written twice; the keys tell which.
  const isTwice = width === 2 && scan.end - scan.contentEnd === 2
  const isOpenChoice = isTwice && place.role !== 'key' && place.doubledQuotes !== true
  const ambiguous = scan.ambiguous || decoded.ambiguous === true || isOpenChoice
  return {
    text: decoded.text,
    end: scan.end,
    repairs,
    ...(ambiguous && { fault: ambiguousString(text, at) }),
  }
}

/** A key ends at its first quote; `"key:"value"` lacks the one before the colon. */
function scanKey(text: string, at: number, width: number): Scan {
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

function scanValue(text: string, start: number, width: number, place: StringPlace): Scan {
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
): Scan | undefined {
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
function earlyEnd(text: string, from: number, at: number, place: StringPlace): Scan | undefined {
  const comma = lastVisible(text, from, at)
  if (place.role === 'item') {
    // A line that ends in a comma, and a next one that starts with a quote.
    const isNextLine = text.charCodeAt(comma) === 0x2c && hasNewline(text, comma, at)
    return isNextLine ? { ...plainEnd, contentEnd: comma, end: comma, missingQuote: true } : undefined
  }
  const isKeyQuote = text.charCodeAt(comma) === 0x2c && quotedKeyAhead(text, at, place.known)?.known
  const end = isKeyQuote ? comma : bareKeyBefore(text, from, comma, place)
  // `"b},"c":` may have lost a quote before the brace or before the comma.
  if (end === undefined || isCloser(text.charCodeAt(lastVisible(text, from, end)))) return undefined
  return { ...plainEnd, contentEnd: end, end, missingQuote: true }
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
  return /\d'\s?\d{1,2}$/.test(text.slice(Math.max(0, at - 6), at)) && !/^\s*(?:[,:}\]]|$)/.test(next)
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

/** `""key""` quotes twice; `""` before anything else is the empty string. */
function startsDoubled(text: string, position: number): boolean {
  const code = text.charCodeAt(position)
  return isWord(code) || code === 0x24 || code === 0x2d
}

/** A Python string in three quotes, or a code block used as a string. */
function readTripleString(text: string, at: number, place: StringPlace): StringRead {
  const quote = text.slice(at, at + 1)
  const triple = quote.repeat(3)
  if (text.charAt(at + 3) === quote) {
    return { text: '', end: text.length, repairs: noRepairs, fault: ambiguousString(text, at) }
  }
  let end = text.indexOf(triple, at + 3)
  while (end >= 0 && closingEvidence(text, end + 3, place) === 'none') {
    end = text.indexOf(triple, end + 1)
  }
  if (end < 0) {
    const fault = openString(text, at, undefined)
    return { text: '', end: text.length, repairs: noRepairs, fault }
  }
  const raw = text.slice(at + 3, end)
  const content = quote === '`' ? codeBlock(raw) : decodeEscapes(raw).text
  const rule = quote === '`' ? 'code-block' : 'triple-quotes'
  const repair: Repair = { rule, class: 'lossless', at, before: raw, after: content }
  return { text: content, end: end + 3, repairs: [repair] }
}

/** What stands behind the opening fence of a code block: a language and perhaps a file name. */
const infoString = /^\s*(?:[\w+#.-]{1,20}(?:\s+[\w./-]+)?\s*)?$/

/** The lines of a fenced block, without its info string and the indentation that all lines share. */
function codeBlock(raw: string): string {
  const lines = raw.split('\n')
  if (lines.length === 1) return raw
  if (infoString.test(lines[0] ?? '')) lines.shift()
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop()
  let indent = Number.POSITIVE_INFINITY
  for (const line of lines) {
    if (line.trim() !== '') indent = Math.min(indent, line.length - line.trimStart().length)
  }
  return lines.map((line) => line.slice(indent)).join('\n')
}

/** A string between `\"` and `\"`, in a document whose quotes were all escaped once too often. */
function readEscapedString(text: string, at: number): StringRead {
  let end = text.indexOf('"', at + 2)
  while (end >= 0 && !isSingleEscape(text, end, at + 2)) end = text.indexOf('"', end + 1)
  if (end < 0) {
    const fault = openString(text, at, undefined)
    return { text: '', end: text.length, repairs: noRepairs, fault }
  }
  const raw = text.slice(at + 2, end - 1)
  const content = decodeEscapes(decodeEscapes(raw).text).text
  const repair: Repair = {
    rule: 'escaped-quotes',
    class: 'lossless',
    at,
    before: text.slice(at, end + 1),
    after: content,
  }
  return { text: content, end: end + 1, repairs: [repair] }
}

/** Whether exactly one backslash stands before the quote at `quote`. */
function isSingleEscape(text: string, quote: number, from: number): boolean {
  if (quote <= from || text.charCodeAt(quote - 1) !== backslash) return quote === from
  return quote - 1 === from || text.charCodeAt(quote - 2) !== backslash
}

function quoteRepair(text: string, at: number, end: number, width = 1): readonly Repair[] {
  if (width === 1 && text.charCodeAt(at) === 0x22) return noRepairs
  const before = text.slice(at, Math.min(end, at + 120))
  return [{ rule: 'quotes', class: 'lossless', at, before, after: '"' }]
}

function hasRawControl(raw: string): boolean {
  for (let at = 0; at < raw.length; at++) {
    const code = raw.charCodeAt(at)
    if (code < 0x20 || (code > 0x7e && isNewline(code))) return true
  }
  return false
}

function openString(text: string, at: number, scan: Scan | undefined): Fault {
  const isMixedUp = scan?.innerQuotes === true && !isCutAtEnd(text)
  return {
    cause: isMixedUp ? 'syntax' : 'truncated',
    at,
    message: isMixedUp
      ? 'a string has quotes inside that are not escaped'
      : 'the text ends inside a string',
  }
}

/** A text that ends in a bracket was rather written to its end than cut. */
function isCutAtEnd(text: string): boolean {
  return !/[}\]]\s*(?:```\s*)?$/.test(text.slice(-40))
}

function ambiguousString(text: string, at: number): Fault {
  return {
    cause: 'ambiguous',
    at,
    message: `it is not clear where the string ${JSON.stringify(text.slice(at, at + 24))}… ends`,
  }
}
