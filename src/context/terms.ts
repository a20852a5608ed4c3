import { plainForms, stopWords } from './english-words.ts'
import { porterStem } from './porter-stem.ts'

const word = /[\p{L}\p{M}\p{N}]+/gu
const combiningMark = /[\u0300-\u036f]/g
/** Scripts that put no space between words: two characters at a time stand for a word. */
const unspaced =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u
const ascii = /^[\0-\x7f]*$/
/** Longer than any word; what is longer is matched by its beginning. */
const longestTerm = 32
/** Inflected words outside the Latin script meet in their first letters. */
const inflectedPrefix = 6

/** The stems of words seen lately; emptied when full, so that no text can make it grow. */
const stems = new Map<string, string>()
const rememberedStems = 20_000

/**
 * The terms of a text in order: words without accents, stop words and endings, and pairs of
 * characters where a script has no spaces.
 */
export function termsOf(text: string): string[] {
  const terms: string[] = []
  for (const [found] of plain(text).matchAll(word)) {
    if (ascii.test(found)) addEnglish(terms, found)
    else if (unspaced.test(found)) addPairs(terms, found)
    else terms.push(found.slice(0, isLatin(found) ? longestTerm : inflectedPrefix))
  }
  return terms
}

function plain(text: string): string {
  const lower = text.toLowerCase().replace(/['’]s(?![\p{L}\p{N}])/gu, '')
  return ascii.test(lower) ? lower : lower.normalize('NFKD').replace(combiningMark, '')
}

function addEnglish(terms: string[], found: string): void {
  if (stopWords.has(found)) return
  const base = plainForms.get(found) ?? found
  if (!stopWords.has(base)) terms.push(stemOf(base.slice(0, longestTerm)))
}

function addPairs(terms: string[], found: string): void {
  const characters = Array.from(found)
  if (characters.length === 1) terms.push(found)
  for (let at = 1; at < characters.length; at++) {
    terms.push(`${characters[at - 1]}${characters[at]}`)
  }
}

function stemOf(base: string): string {
  let stem = stems.get(base)
  if (stem === undefined) {
    if (stems.size >= rememberedStems) stems.clear()
    stem = porterStem(base)
    stems.set(base, stem)
  }
  return stem
}

const isLatin = (found: string) => /^[\p{sc=Latin}\p{N}\p{M}]+$/u.test(found)
