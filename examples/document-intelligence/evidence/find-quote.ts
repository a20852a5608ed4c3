import type { Page } from '../parse/page.ts'

/** A place in a document: `page.text.slice(start, end)`. */
export interface Place {
  readonly page: number
  readonly start: number
  readonly end: number
}

/** Shorter than this is found anywhere. */
const leastLength = 2

/**
 * Finds the words that a model says it copied. White space and the shapes of quotes and dashes may
 * differ, since models even them out; a letter or a digit may not. Undefined where they are not there.
 */
export function findQuote(quote: string, pages: readonly Page[]): Place | undefined {
  const wanted = flatten(quote).text.trim()
  if (wanted.length < leastLength) return undefined
  for (const page of pages) {
    const { text, origins } = flattenPage(page)
    const at = text.indexOf(wanted)
    if (at === -1) continue
    const start = origins[at] ?? 0
    const end = (origins[at + wanted.length - 1] ?? start) + 1
    return { page: page.number, start, end }
  }
  return undefined
}

interface Flat {
  readonly text: string
  /** Where in the original each character stands. */
  readonly origins: readonly number[]
}

/** A page is searched for many quotes, and flattened for the first of them. */
const flatPages = new WeakMap<Page, Flat>()

function flattenPage(page: Page): Flat {
  const known = flatPages.get(page) ?? flatten(page.text)
  flatPages.set(page, known)
  return known
}

/** The text with one form for each sign. */
function flatten(text: string): Flat {
  let flat = ''
  const origins: number[] = []
  for (let at = 0; at < text.length; at++) {
    const sign = plain(text.charAt(at))
    if (sign === ' ' && flat.endsWith(' ')) continue
    flat += sign
    origins.push(at)
  }
  return { text: flat, origins }
}

function plain(sign: string): string {
  if (sign < '\u007f' && sign > ' ') return sign
  if (/\s/.test(sign)) return ' '
  if (/[\u2018\u2019\u201a\u2032]/.test(sign)) return "'"
  if (/[\u201c\u201d\u201e\u2033]/.test(sign)) return '"'
  return /[\u2010-\u2015\u2212]/.test(sign) ? '-' : sign
}

/** The paragraph that a place stands in. */
export function paragraphAround(text: string, { start, end }: Place): string {
  const before = text.lastIndexOf('\n\n', start)
  const after = text.indexOf('\n\n', end)
  return text.slice(before === -1 ? 0 : before, after === -1 ? text.length : after)
}

/** The line that a place begins in, and the line above it, where a form has its labels. */
export function linesAround(text: string, { start, end }: Place): string {
  const lineStart = text.lastIndexOf('\n', start - 1)
  const above = text.slice(0, Math.max(0, lineStart)).trimEnd().lastIndexOf('\n')
  const lineEnd = text.indexOf('\n', end)
  return text.slice(above + 1, lineEnd === -1 ? text.length : lineEnd)
}
