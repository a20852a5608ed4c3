import { classOf, letter } from '../character-class.ts'
import type { Scan } from '../scan.ts'
import { type AddressCore, house, over, sticky } from './address-core.ts'
import { compoundEnd, looseCompoundEnd, trailingStreet } from './street-words.ts'

/** Streets that are told by the word before the house number. */

const compoundEnds = new Map<string, boolean>([
  ...looseCompoundEnd.split('|').map((end): [string, boolean] => [end, false]),
  ...compoundEnd.split('|').map((end): [string, boolean] => [end, true]),
])
const longestEnd = Math.max(...[...compoundEnds.keys()].map((end) => end.length))
/** What may stand before the last word of a compound name: a number, articles, more names. */
const beforeCompound = new RegExp(
  `(?:${house} )?(?:(?:Am|An|Im|In|Auf|Zum|Zur|Unter|Alte[rs]?|Neue[rs]?|Große|Kleine|Obere|Untere|St\\.|Sankt|Van|De|Nieuwe|Oude|Gamle|Store|Lille|Norra|Södra|Östra|Västra)(?: (?:der|den|dem))? |\\p{Lu}[\\p{L}.-]* ){0,3}$`,
  'u',
)
const prefixed =
  /(?:Am|An der|An den|Im|In der|In den|Auf der|Auf dem|Zum|Zur|Unter den|Hinter dem|Vor dem|Bei der|Beim) \p{Lu}[\p{L}-]*(?: \p{Lu}[\p{L}-]*){0,2} $/u
const trailingWords = new Set(trailingStreet.split('|'))
const streetName = /(?<![\p{L}])(?:(?!D(?:ie|er|as|iese) |Eine |Jede )\p{Lu}[\p{L}.'-]* ){1,3}$/u
/** The space before a house number, with the sign that some countries put there: `No: 25`. */
const numberSign = / [Nn]o[.:]? $/
const houseNumber = sticky(`${house}${over}`)
const lookBack = 48

/** A compound name before the house number: `Hauptstraße 25`, `Koskikatu 25`, `Am Markt 7a`. */
export function coreBeforeNumber(
  scan: Scan,
  start: number,
  isExpected: boolean,
): AddressCore | undefined {
  const text = scan.text
  if (text[start - 1] !== ' ') return undefined
  const sign = numberSign.exec(text.slice(Math.max(0, start - 6), start))?.[0].length ?? 1
  const wordEnd = start - sign
  if (!isWordPart(text.charCodeAt(wordEnd - 1))) return undefined
  const wordStart = startOfWord(text, wordEnd)
  if (trailingWords.has(text.slice(wordStart, wordEnd).toLowerCase())) {
    return coreWithTrailingWord(scan, wordStart, start)
  }
  if (sign > 1) return undefined
  const isCapital = isUpperCase(text.charAt(wordStart))
  if (!isCapital && !isExpected) return undefined
  houseNumber.lastIndex = start
  const length = houseNumber.exec(text)?.[0].length
  if (length === undefined) return undefined
  const kind = start - wordStart > 6 ? kindOfCompound(text.slice(wordStart, start - 1)) : undefined
  if (kind !== undefined) {
    const lead = beforeCompound.exec(text.slice(Math.max(0, wordStart - lookBack), wordStart))?.[0]
    return {
      start: wordStart - (lead?.length ?? 0),
      end: start + length,
      needs: kind && isCapital ? 'nothing' : 'words',
    }
  }
  const phrase = prefixed.exec(text.slice(Math.max(0, start - lookBack), start))?.[0]
  if (phrase) return { start: start - phrase.length, end: start + length, needs: 'words' }
  const isName = isExpected && isCapital && start - wordStart > 4
  return isName ? { start: wordStart, end: start + length, needs: 'postal-code' } : undefined
}

/** `Atatürk Caddesi No: 25`, `Váci utca 12`: a street word of its own between name and number. */
function coreWithTrailingWord(scan: Scan, word: number, start: number): AddressCore | undefined {
  const named = streetName.exec(scan.text.slice(Math.max(0, word - lookBack), word))?.[0]
  houseNumber.lastIndex = start
  const length = houseNumber.exec(scan.text)?.[0].length
  if (named === undefined || length === undefined) return undefined
  return { start: word - named.length, end: start + length, needs: 'nothing' }
}

function startOfWord(text: string, end: number): number {
  let start = end
  while (end - start < 32 && isWordPart(text.charCodeAt(start - 1))) start--
  return start
}

/** A letter, or the dot and hyphen of `Bahnhofstr.` and `St.-Anna-Straße`. */
function isWordPart(code: number): boolean {
  return classOf(code) === letter || code === 0x2e || code === 0x2d
}

/** True for an unmistakable street, false for an ending that other words share, else undefined. */
function kindOfCompound(word: string): boolean | undefined {
  const lower = word.toLowerCase().replace(/\.$/, '')
  for (let length = longestEnd; length > 1; length--) {
    const kind = compoundEnds.get(lower.slice(-length))
    if (kind !== undefined && lower.length > length) return kind
  }
  return undefined
}

function isUpperCase(character: string): boolean {
  return character !== character.toLowerCase()
}
