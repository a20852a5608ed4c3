import {
  hasNewline,
  isCloser,
  isDigit,
  isNewline,
  isOpener,
  isQuote,
  isSpace,
  skipSpace,
} from './characters.ts'
import { closerOf, type StringPlace } from './closing.ts'
import { decodeEscapes } from './escapes.ts'
import { keyAhead, quotedKeyAhead } from './lookahead.ts'
import type { Fault, Repair } from './node.ts'
import type { RuleName } from './rule-names.ts'
import { commentEnd, skipTrivia } from './trivia.ts'

/** Characters without quotes, read to where the value ends. */
interface BareRead {
  readonly text: string
  /** It ended in a quote: a string whose first quote is missing. */
  readonly isString: boolean
  readonly end: number
  readonly repairs: readonly Repair[]
  readonly fault?: Fault
}

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const keyword = /^(?:true|false|null|none|undefined|nan|-?infinity)$/i
const numberHere = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?=[,\]}])/y
const noRepairs: readonly Repair[] = []
const horizon = 160

/** Whether these characters can mean nothing but a number, a boolean or null. */
export const isToken = (text: string): boolean => jsonNumber.test(text) || keyword.test(text)

/** Reads a value that has no quotes: `42`, `True`, `New York`, `https://example.org/a`. */
export function readBare(text: string, start: number, place: StringPlace): BareRead {
  const number = plainNumber(text, start, place)
  if (number !== undefined) {
    return { text: number, isString: false, end: start + number.length, repairs: noRepairs }
  }
  const end = bareEnd(text, start, place)
  let last = end
  while (last > start && isSpace(text.charCodeAt(last - 1))) last--
  let content = text.slice(start, last)
  const repairs: Repair[] = []
  const isString = hasStrayQuote(content)
  if (isString) {
    const decoded = decodeEscapes(content.slice(0, -1)).text
    repairs.push(repairOf('missing-quote', 'likely', start, content, decoded))
    content = decoded
  } else if (!isToken(content)) {
    const isOneToken = !/[\s,"]/.test(content.slice(0, 200)) && content.length < 200
    const kind = isOneToken || !/[,"\n]/.test(content) ? 'lossless' : 'likely'
    repairs.push(repairOf('bare-text', kind, start, content, JSON.stringify(content.slice(0, 120))))
  } else if (!jsonNumber.test(content) && !/^(?:true|false|null)$/.test(content)) {
    repairs.push(repairOf('literal', 'lossless', start, content, undefined))
  }
  const fault = bareFault(text, start, last, content, place)
  return { text: content, isString, end: last, repairs, ...(fault && { fault }) }
}

/** A JSON number with JSON's own marks behind it: most bare values are that and no more. */
function plainNumber(text: string, start: number, place: StringPlace): string | undefined {
  numberHere.lastIndex = start
  const number = numberHere.exec(text)?.[0]
  if (number === undefined) return undefined
  const end = start + number.length
  const code = text.charCodeAt(end)
  if (code === 0x5d || code === 0x7d) return number
  // In an object `1,234` may be one number.
  if (code !== 0x2c || (place.role === 'value' && isDigit(text.charCodeAt(end + 1))))
    return undefined
  return number
}

function bareFault(
  text: string,
  at: number,
  end: number,
  content: string,
  place: StringPlace,
): Fault | undefined {
  if (content.startsWith('...') || content.startsWith('…')) {
    return { cause: 'ambiguous', at, message: 'data was left out with an ellipsis' }
  }
  if (/^[:;,=|]/.test(content))
    return { cause: 'syntax', at, message: 'a mark stands where a value belongs' }
  if (content === '') return { cause: 'syntax', at, message: 'a value is missing' }
  if (end === text.length && !/^(?:true|false|null)$/i.test(content)) {
    return { cause: 'truncated', at, message: 'the text ends in a value that may go on' }
  }
  if (/^(?:true|false|null|-?\d[\d.]*)["“]/i.test(content)) {
    return { cause: 'ambiguous', at, message: 'a value and the quote of another stand together' }
  }
  if (/^[A-Za-z_][\w.]*\([^\s]*\)$|^[A-Za-z_][\w.]*\(.*,.*\)$/.test(content.slice(0, 200))) {
    return { cause: 'ambiguous', at, message: `"${content.slice(0, 40)}" is a call, not a value` }
  }
  if (place.role === 'item' && /^-?\d\S*\s+\S/.test(content)) {
    return {
      cause: 'ambiguous',
      at,
      message: `"${content.slice(0, 40)}" may be one item or several`,
    }
  }
  return undefined
}

function bareEnd(text: string, start: number, place: StringPlace): number {
  /** Brackets that the text itself opened, the innermost last. */
  const inner: number[] = []
  let at = start
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (isSpace(code)) {
      // A run of white space is looked at once, however long it is.
      const next = skipSpace(text, at)
      if (inner.length === 0 && endsAtSpace(text, start, at, next, place)) return at
      at = next
      continue
    }
    if (isOpener(code)) {
      if (inner.length === 0 && code !== 0x28 && isShortToken(text, start, at)) return at
      inner.push(code)
    } else if (isCloser(code)) {
      if (inner.length === 0 || closerOf(inner.at(-1)) !== code) return at
      inner.pop()
    } else if (inner.length === 0 && endsAtMark(text, start, at, code, place)) return at
    at++
  }
  return text.length
}

function endsAtMark(
  text: string,
  start: number,
  at: number,
  code: number,
  place: StringPlace,
): boolean {
  if (code === 0x2c || code === 0x3b) return endsAtComma(text, start, at, place)
  if (code === 0x60) return text.startsWith('```', at)
  if (code === 0x5c) return isShortToken(text, start, at)
  if (code === 0x2f && commentEnd(text, at, Math.min(text.length, at + 4)) > at) {
    return text.charCodeAt(at + 1) === 0x2a || isShortToken(text, start, at)
  }
  if (isQuote(code) && place.role === 'value') {
    return at > start && quotedKeyAhead(text, at, place.known) !== undefined
  }
  return false
}

function isShortToken(text: string, start: number, at: number): boolean {
  return at - start < 40 && isToken(text.slice(start, at).trim())
}

/** In an object a comma belongs to the text unless a key or the end comes behind it. */
function endsAtComma(text: string, start: number, at: number, place: StringPlace): boolean {
  if (place.role !== 'value') return true
  const isGrouped = isDigit(text.charCodeAt(at + 1)) && isDigit(text.charCodeAt(at - 1))
  if (!isGrouped && isShortToken(text, start, at)) return true
  const next = skipTrivia(text, at + 1, Math.min(text.length, at + horizon))
  if (next >= text.length || isCloser(text.charCodeAt(next))) return true
  return keyAhead(text, next, place.known) !== undefined
}

/** White space ends a value before a comment, at a line end before a key, and behind a token. */
function endsAtSpace(
  text: string,
  start: number,
  at: number,
  next: number,
  place: StringPlace,
): boolean {
  if (next >= text.length) return true
  if (commentEnd(text, next, Math.min(text.length, next + 4)) > next) return true
  const isLineEnd = hasNewline(text, at, next)
  if (isLineEnd && place.role !== 'value') return true
  const isValueToken = isShortToken(text, start, at)
  if (isLineEnd) return isValueToken || keyAhead(text, next, place.known) !== undefined
  if (!isValueToken) return false
  const code = text.charCodeAt(next)
  if (isQuote(code) || isDigit(code) || code === 0x2d) return true
  return place.role === 'value' && keyAhead(text, next, place.known)?.known === true
}

/** A quote at the end that no quote before it opened. */
function hasStrayQuote(content: string): boolean {
  if (!content.endsWith('"') || content.length < 2) return false
  let count = 0
  for (let at = content.indexOf('"'); at >= 0; at = content.indexOf('"', at + 1)) {
    if (content.charCodeAt(at - 1) !== 0x5c) count++
  }
  return count % 2 === 1
}

function repairOf(
  rule: RuleName,
  kind: Repair['class'],
  at: number,
  before: string,
  after: string | undefined,
): Repair {
  return { rule, class: kind, at, before, after }
}

/** What stands where a key without quotes was expected. */
type BareKey =
  /** A key; its colon comes next. */
  | { readonly kind: 'key'; readonly key: string; readonly end: number }
  /** Words without a colon behind them. */
  | { readonly kind: 'words'; readonly text: string; readonly end: number }
  | { readonly kind: 'cut' }

/** Reads `name` in `{name: 1}`, and `name"` where its first quote is missing. */
export function readBareKey(text: string, start: number): BareKey {
  let at = start
  while (at < text.length) {
    const code = text.charCodeAt(at)
    const isEnd = code === 0x3a || code === 0x3d || code === 0x2c || isNewline(code)
    if (isEnd || isCloser(code) || isOpener(code)) break
    if (isQuote(code) && code !== 0x27) {
      const colon = skipTrivia(text, at + 1, Math.min(text.length, at + horizon))
      const key = text.slice(start, at).trim()
      if (text.charCodeAt(colon) === 0x3a && key !== '' && !isSpace(text.charCodeAt(at - 1))) {
        return { kind: 'key', key, end: at + 1 }
      }
      break
    }
    if (code === 0x27 && isSpace(text.charCodeAt(at - 1))) break
    at++
  }
  if (at >= text.length) return { kind: 'cut' }
  const content = text.slice(start, at).trim()
  const code = text.charCodeAt(at)
  if (code === 0x3a || code === 0x3d) return { kind: 'key', key: content, end: at }
  return { kind: 'words', text: content, end: at }
}
