import { isNewline, isWord } from './characters.ts'
import type { StringPlace } from './closing.ts'
import { decodeEscapes } from './escapes.ts'
import { findKeyEnd, findValueEnd } from './find-string-end.ts'
import type { Repair } from './node.ts'
import { readEscapedString, readTripleString } from './other-strings.ts'
import type { RuleName } from './rule-names.ts'
import { ambiguousString, openString, type StringRead } from './string-read.ts'

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
    place.role === 'key' ? findKeyEnd(text, at, width) : findValueEnd(text, at, width, place)
  if (!scan.closed) {
    return openString(text, at, scan.innerQuotes)
  }
  const written = text.slice(from, scan.contentEnd)
  const quote = text.charAt(at)
  const raw = scan.isDoubled ? written.replaceAll(quote + quote, quote) : written
  const decoded = decodeEscapes(raw)
  const repairs: Repair[] = [...quoteRepair(text, at, scan.end, width)]
  const note = (rule: RuleName, kind: Repair['class'], before: string, after: string) =>
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

/** `""key""` quotes twice; `""` before anything else is the empty string. */
function startsDoubled(text: string, position: number): boolean {
  const code = text.charCodeAt(position)
  return isWord(code) || code === 0x24 || code === 0x2d
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
