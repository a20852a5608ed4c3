import type { Scan } from '../scan.ts'

/** A value to the right of `:` or `=`. */
export interface AssignedValue {
  readonly start: number
  readonly end: number
  readonly text: string
  readonly quoted: boolean
}

/** Longer passwords and tokens than this are cut to it; the token matchers see them whole. */
const longestValue = 1024
const mostReads = 16
const quotes = '"\'`'
const enders = '"\'`<>\\&;,|'
/** After such a quote JSON goes on: it ended a text like `"password: "`. */
const closesString = /^\s*(?:[,:}\]]|$)/
/** A quote that ends a string of JSON. */
const leavesString = /"\s{0,4}(?:[,:}\]]|$)/
const jsonToken = /[^\s,\]}"\\]{1,256}/y
const trailing = '.,;:)]}>'
const nextPair = /[ ]?[\w .-]{1,32}[=:]|[\s"']|$/y

/**
 * Reads the value that starts at an index, after spaces: a quoted string to the quote that closes it at
 * the same depth of nesting, else everything up to white space or the sign that ends a value. In JSON
 * a bare value also ends at a bracket or comma.
 */
export function readValue(scan: Scan, from: number, inJson = false): AssignedValue | undefined {
  let start = from
  while (start - from < 4 && (scan.text[start] === ' ' || scan.text[start] === '\t')) start++
  const isQuoted = start < scan.text.length && quotes.includes(scan.text.charAt(start))
  if (isQuoted) return readQuoted(scan, start)
  return inJson ? readToken(scan, start) : readBare(scan, start)
}

function readQuoted(scan: Scan, open: number): AssignedValue | undefined {
  const text = scan.text
  if (closesString.test(text.slice(open + 1, open + 9))) return undefined
  const end = endOfQuoted(scan, open)
  if (text[open] === '"' || !leavesString.test(text.slice(open, end))) {
    return valueAt(scan, open + 1, end, true)
  }
  // A lone apostrophe inside a string of JSON: the value ends with that string.
  return valueAt(scan, open + 1, text.indexOf('"', open), true)
}

function endOfQuoted(scan: Scan, open: number): number {
  const text = scan.text
  const depth = scan.quoteDepth(open)
  const limit = Math.min(text.length, open + 1 + longestValue)
  for (let end = open + 1; end < limit; end++) {
    if (text[end] === text[open] && scan.quoteDepth(end) <= depth) return end
    if (text[end] === '\n' && !scan.isEscape(end)) return end
  }
  return limit
}

function readToken(scan: Scan, start: number): AssignedValue | undefined {
  jsonToken.lastIndex = start
  const length = jsonToken.exec(scan.text)?.[0].length ?? 0
  return valueAt(scan, start, start + length, false)
}

function readBare(scan: Scan, start: number): AssignedValue | undefined {
  let end = Math.min(endOfBare(scan, start), start + longestValue)
  while (end > start && trailing.includes(scan.text.charAt(end - 1))) end--
  return valueAt(scan, start, end, false)
}

/**
 * Where a bare value ends does not depend on where it starts, so `a=a=a=…` is walked once; and of the
 * keys inside one such value only the first few are read.
 */
function endOfBare(scan: Scan, start: number): number {
  const last = scan.bareValue
  if (start >= last.start && start < last.end) return ++last.reads > mostReads ? start : last.end
  let end = start
  while (end < scan.text.length && end - start < longestValue && !endsValue(scan.text, end)) end++
  scan.bareValue = { start, end, reads: 0 }
  return end
}

/** White space and quotes end a bare value; `&`, `;` and `,` do where the next pair begins. */
function endsValue(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code <= 0x20 || code === 0xa0 || code === 0x3002) return true
  if (!enders.includes(text.charAt(at))) return false
  if (!'&;,|'.includes(text.charAt(at))) return true
  nextPair.lastIndex = at + 1
  return nextPair.test(text)
}

function valueAt(
  scan: Scan,
  start: number,
  end: number,
  quoted: boolean,
): AssignedValue | undefined {
  return end > start ? { start, end, text: scan.text.slice(start, end), quoted } : undefined
}

const mask =
  /^(?:[*•x.#-]{3,}|<[^>]*>?|\([^)]*\)?|\[[^\]]*\]?|\{\{.*|\$\{.*|\$\(.*|\$[A-Za-z_]\w*|%\w+%|#\{.*|\uE000.*)$/i
const wordsForNothing = new Set(
  (
    'null none nil undefined true false yes no n/a na empty required optional invalid incorrect wrong ' +
    'missing expired hidden redacted masked string number boolean bool any unknown void never object ' +
    'str int float bytes text varchar char secretstr type field input label placeholder optional[str] ' +
    'must should cannot can will is was are not the a an your my our this that please enter reset ' +
    'change forgot min max length less more than with without for from and or in on at to of as ' +
    'self this env process await new function async return import require todo example sample test ' +
    'password passwort token secret key apikey api_key bearer basic digest oauth value changed failed ' +
    'protected policy manager managers field() strong weak ok set unset default'
  ).split(' '),
)

/** True for what stands where a secret would be: masks, variables, types, code and words of prose. */
export function isPlaceholder(value: AssignedValue): boolean {
  const text = value.text.slice(0, 80).trim()
  if (text.length < 3 || mask.test(text) || text.includes('\uE000')) return true
  if (/^(?:your|insert|enter|put|add|paste|replace)[-_ ]/i.test(text)) return true
  if (/^(?:example|dummy|fake|sample|placeholder|redacted|x{3,})(?:$|[-_ ])/i.test(text))
    return true
  if (value.quoted) return wordsForNothing.has(text.toLowerCase()) && text.length < 9
  return wordsForNothing.has(text.toLowerCase().replace(/[?!]$/, '')) || isCode(text)
}

/** Calls, member access and camel-case names on the right-hand side of code. */
function isCode(text: string): boolean {
  if (/^[a-z_$][\w$]*(?:\??\.[a-z_$][\w$]*)*[([{]/i.test(text)) return true
  if (/^[a-z_$][\w$]*(?:\??\.[a-z_$][\w$]*)+$/i.test(text)) return !/\d/.test(text)
  return /^(?:[a-z]+(?:[A-Z][a-z]+)+|[a-z]+(?:_[a-z]+)+|[A-Z]+(?:_[A-Z]+)+)$/.test(text)
}
