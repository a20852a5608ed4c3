import { closingEvidence, type StringPlace } from './closing.ts'
import { decodeEscapes } from './escapes.ts'
import type { Repair } from './node.ts'
import { ambiguousString, openString, type StringRead } from './string-read.ts'

/** Strings between other marks than one quote: three quotes, a code fence, escaped quotes. */

const backslash = 0x5c

/** A Python string in three quotes, or a code block used as a string. */
export function readTripleString(text: string, at: number, place: StringPlace): StringRead {
  const quote = text.slice(at, at + 1)
  const triple = quote.repeat(3)
  if (text.charAt(at + 3) === quote) {
    return { text: '', end: text.length, repairs: [], fault: ambiguousString(text, at) }
  }
  let end = text.indexOf(triple, at + 3)
  while (end >= 0 && closingEvidence(text, end + 3, place) === 'none') {
    end = text.indexOf(triple, end + 1)
  }
  if (end < 0) {
    return openString(text, at)
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
export function readEscapedString(text: string, at: number): StringRead {
  let end = text.indexOf('"', at + 2)
  while (end >= 0 && !isSingleEscape(text, end, at + 2)) end = text.indexOf('"', end + 1)
  if (end < 0) {
    return openString(text, at)
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
