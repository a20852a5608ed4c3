import { classOf, foldCode, isAlphanumeric, isDigit, letter } from '../character-class.ts'
import type { Scan } from '../scan.ts'
import {
  inAnyCase,
  looseStreetEnd,
  particle,
  shortStreetStart,
  streetEnd,
  streetStart,
} from './street-words.ts'

/** The street and number of an address, and how sure its form alone makes it. */
export interface AddressCore {
  readonly start: number
  readonly end: number
  /** What must stand around the form: nothing, words that expect an address or a town, a postal code. */
  readonly needs: 'nothing' | 'words' | 'postal-code'
}

/** A house number, with its letter or range. */
export const house = '\\d{1,5}(?:[A-Za-z](?![\\p{L}])|[-/]\\d{1,4}[A-Za-z]?)?'
const name = "(?:\\p{Lu}[\\p{L}'.-]*|\\d{1,3}(?:st|nd|rd|th))"
const anyName = "\\p{L}[\\p{L}'.-]*"
export const over = '(?![\\p{L}\\d])'

export const sticky = (source: string): RegExp => new RegExp(source, 'yu')

const englishName = `(?:${name} )(?:(?:${name}|${particle}) ){0,4}?`
const english = sticky(
  `${house},? (?:\\d{1,5} )?${englishName}(?:${inAnyCase(streetEnd)})${over}\\.?`,
)
const englishLoose = sticky(
  `${house},? (?:\\d{1,5} )?${englishName}(?:${inAnyCase(looseStreetEnd)})${over}\\.?`,
)
/** Small words that no street is named with tell a sentence from an address without capitals. */
const lowerName = `(?!(?:the|a|an|of|to|in|on|at|and|or|down|up|is|are|was|for|with|by|from|into|every|per|more|runs?|bus|miles?|hours?|minutes?|people|times|years?|days?|items?|emails?)\\b)${anyName}`
const lowerEnglish = sticky(
  `${house},? (?:\\d{1,5} )?(?:${lowerName} ){1,4}?(?:${streetEnd}|drive|court|place|way)${over}\\.?`,
)
const starts = `(?:(?:${inAnyCase(streetStart)}) |(?:${inAnyCase(shortStreetStart)})\\. ?|[Cc]/ ?)`
const romanceName = `(?:${particle} ?){0,2}${name}(?:[ -](?:${particle} ?){0,2}(?:${name})){0,4}`
const numberFirst = sticky(
  `${house}(?: ?(?:bis|ter))?,? (?:\\d{1,5} )?${starts}${romanceName}(?: \\d{1,4}${over})?`,
)
const lowerNumberFirst = sticky(
  `${house},? (?:${streetStart}) (?:${anyName} ?){1,4}(?:\\d{1,4}${over})?`,
)
/** Anchored at the word that starts the name: `Calle Mayor 15`, `ul. Długa 5/12`, `ул. Ленина, д. 5`. */
const nameFirst = sticky(`${starts}${romanceName},? (?:n[°º.]? ?|д(?:ом|\\.) ?)?${house}${over}`)
/** Number, name, number: only where an address is expected. */
const generic = sticky(`(?:${house} )(?:(?:${name}|${particle}) ){1,5}${house}${over}`)
const genericName = sticky(`(?:${name} )(?:(?:${name}|${particle}) ){0,4}${house}${over}`)
const month =
  /\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|januar|märz|mai|juni|juli|okt|dez|mars|avril|juin|juillet|enero|marzo|abril|mayo|junio|julio)/i

const streetWords = new Set(`${streetStart}|${shortStreetStart}|c`.split('|'))

/** Forms that begin with the house number. */
export function coreFromNumber(
  scan: Scan,
  start: number,
  isExpected: boolean,
): AddressCore | undefined {
  const word = wordAfterNumber(scan.text, start)
  if (word < 0) return undefined
  const first = scan.text.charCodeAt(word)
  const isCapital = foldCode(first) !== first || isDigit(first)
  return (
    (isCapital ? core(scan, start, english, 'nothing') : undefined) ??
    (isStreetWord(scan.text, word) ? core(scan, start, numberFirst, 'nothing') : undefined) ??
    (isCapital ? core(scan, start, englishLoose, 'words') : undefined) ??
    (isExpected ? expectedCore(scan, start) : undefined)
  )
}

/**
 * Where the first word after one or two numbers starts (an ordinal such as `5th` is one), or -1. This
 * look is cheap; the patterns are not, and most numbers are followed by something else.
 */
function wordAfterNumber(text: string, start: number): number {
  let at = start
  for (let spaces = 0; spaces < 3 && at - start < 20; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x20) spaces++
    else if (spaces > 0 && !isDigit(code))
      return classOf(code) === letter ? startOfRun(text, at) : -1
    else if (!isAlphanumeric(code) && code !== 0x2c && code !== 0x2d && code !== 0x2f) return -1
  }
  return -1
}

function startOfRun(text: string, at: number): number {
  let start = at
  while (isAlphanumeric(text.charCodeAt(start - 1))) start--
  return start
}

function isStreetWord(text: string, start: number): boolean {
  let end = start
  while (end - start < 16 && classOf(text.charCodeAt(end)) === letter) end++
  const word = text.slice(start, end).toLowerCase()
  // `8 bis rue …` is the house between 8 and 10.
  return streetWords.has(word) || word === 'bis' || word === 'ter'
}

function expectedCore(scan: Scan, start: number): AddressCore | undefined {
  return (
    core(scan, start, lowerEnglish, 'nothing') ??
    core(scan, start, lowerNumberFirst, 'nothing') ??
    core(scan, start, generic, 'words')
  )
}

/** Forms that begin with a word such as `Calle` or `ul.`; `via` in lower case also means "by way of". */
export function coreFromStreetWord(scan: Scan, start: number): AddressCore | undefined {
  const isLoose = /^(?:via|place|zona|passage)/.test(scan.text.slice(start, start + 7))
  return core(scan, start, nameFirst, isLoose ? 'words' : 'nothing')
}

/** A name and a number, where a sentence has just said that an address follows. */
export function coreFromName(scan: Scan, start: number): AddressCore | undefined {
  return core(scan, start, genericName, 'words')
}

function core(
  scan: Scan,
  start: number,
  form: RegExp,
  needs: AddressCore['needs'],
): AddressCore | undefined {
  form.lastIndex = start
  const match = form.exec(scan.text)?.[0]
  if (!match || (needs !== 'nothing' && month.test(match))) return undefined
  return { start, end: start + match.length, needs }
}
