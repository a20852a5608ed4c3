import { isDigit } from '../character-class.ts'
import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { endOfAddress } from './address-tail.ts'
import { states, unitWord } from './street-words.ts'

const unitNumber = /\.? ?#?\d{1,5}[A-Za-z]?(?![\p{L}\d])/uy
/** The street part before a unit: a number, words and perhaps another number. */
const beforeUnit =
  /^\d{1,5}[A-Za-z]?,? (?:\d{1,5} )?(?:[\p{L}'.-]+,? ){0,6}(?:[\p{L}'.-]+,? ?)(?:\d{1,5}[A-Za-z]?)?[,.]?[\s>?*|]{0,10}$/u
const longestStreet = 64

/** Addresses told by their unit: `6750 Koskikatu 25 Apt. 864`. */
export const unitAddress: Detector = {
  triggers: ['word'],
  words: unitWord.split('|'),
  detect(scan, start, end) {
    unitNumber.lastIndex = end
    const length = unitNumber.exec(scan.text)?.[0].length
    if (length === undefined) return
    const from = startOfStreet(scan.text, start)
    if (from === start) return
    const last = endOfAddress(scan.text, from, end + length)
    scan.report('STREET_ADDRESS', from, last, 'context')
    scan.skipTo(last)
  },
}

/** The first number, going back word by word, from which the street part reads up to the unit. */
function startOfStreet(text: string, end: number): number {
  const first = Math.max(0, end - longestStreet)
  let found = end
  let numbers = 0
  for (let at = end - 1; at >= first && numbers < 3; at--) {
    if (!isDigit(text.charCodeAt(at)) || /[\p{L}\d.]/u.test(text.charAt(at - 1))) continue
    numbers++
    const part = text.slice(at, end)
    if (beforeUnit.test(part) && !isUnits(part)) found = at
  }
  return found
}

/** `101, floor 3, building 7` lists parts of a building; no street is named. */
function isUnits(part: string): boolean {
  const words = part.match(/\p{L}{2,}/gu) ?? []
  return words.length > 0 && words.every((word) => units.has(word.toLowerCase()))
}

const units = new Set(unitWord.split('|'))
/** `Carrera 7 # 71-21`: the crossing that a Colombian house lies at. */
const crossing =
  /(?:carrera|cra|kra|calle|diagonal|transversal)\.? \d{1,3}[A-Z]? ?(?:bis )?(?:#|no\.?|n[°º]) ?\d{1,3}[A-Z]? ?- ?\d{1,3}/iy
const boxForms: readonly RegExp[] = [
  /(?:p\.? ?o\.? ?|post office |postal )box:? ?#?\d{1,6}/iy,
  /psc \d{1,5},? box \d{1,5}/iy,
  /(?:unit|cmr) \d{1,5},? box \d{1,5}/iy,
  /(?:postfach|postbus|postboks|postlåda|postilokero|casella postale|apartado(?: de correos)?|apdo\.?|caixa postal|skrytka pocztowa|bo[îi]te postale) ?\d{1,3}(?:[ ]?\d{1,3}){0,2}/iy,
  crossing,
  /(?:BP|CP|C\.P\.|B\.P\.) ?\d{2,5}(?= ?[-,\n]| \d{5})/y,
]

/** Post office boxes, military mail and crossings. */
export const postBox: Detector = {
  triggers: ['word'],
  words: [
    'p po post postal psc unit cmr postfach postbus postboks postlåda postilokero casella apartado',
    'carrera cra kra calle diagonal transversal',
    'apdo caixa skrytka boîte boite bp cp',
  ].flatMap((line) => line.split(' ')),
  detect(scan, start) {
    for (const form of boxForms) {
      form.lastIndex = start
      const length = form.exec(scan.text)?.[0].length
      if (!length) continue
      return scan.report(
        'STREET_ADDRESS',
        start,
        endOfAddress(scan.text, start, start + length),
        'context',
      )
    }
  },
}

const military = /(?:apo|fpo|dpo),? (?:aa|ae|ap) \d{5}(?:-\d{4})?/iy
const ship = /(?:USNS|USCGC|USNV|USS|PSC|Unit|CMR) [^\n]{1,32}\n[\s>?]*$/i

/** Military post: `USNS Bergman, FPO AP 93757`. */
export const militaryAddress: Detector = {
  triggers: ['word'],
  words: ['apo', 'fpo', 'dpo'],
  detect(scan, start) {
    military.lastIndex = start
    const length = military.exec(scan.text)?.[0].length
    if (!length) return
    const before = ship.exec(scan.text.slice(Math.max(0, start - 48), start))?.[0].length ?? 0
    scan.report('STREET_ADDRESS', start - before, start + length, 'context')
  },
}

const townBefore = new RegExp(
  `\\p{Lu}[\\p{L}'.-]+(?: \\p{Lu}[\\p{L}'.-]+){0,2},? (?:${states}),? $`,
  'u',
)
const zip = /\d{5}(?:-\d{4})?(?![\w-])/y

/** A US town line: `Boise, ID 83701`. */
export const townLine: Detector = {
  triggers: ['digits'],
  detect(scan, start, end) {
    if (end - start !== 5 || scan.text[start - 1] !== ' ') return
    zip.lastIndex = start
    const length = zip.exec(scan.text)?.[0].length
    const town = length && townBefore.exec(scan.text.slice(Math.max(0, start - 48), start))?.[0]
    if (length && town) report(scan, start - town.length, start + length)
  },
}

const corner =
  /corner of (?:\d{1,5} )?(?:[\p{L}'.-]+ ){1,6}?(?:\d{1,5} )?(?:and|&) (?:\p{L}[\p{L}'-]*)(?: \p{Lu}[\p{L}'-]*){0,3}(?: \d{1,5})?/uy

/** Crossings: `the corner of Beiteveien 2 and Sieda Radial`. */
export const cornerAddress: Detector = {
  triggers: ['word'],
  words: ['corner'],
  detect(scan, start) {
    corner.lastIndex = start
    const match = corner.exec(scan.text)?.[0]
    if (!match || !/\d|\p{Lu}/u.test(match)) return
    const article = /the $/i.test(scan.text.slice(Math.max(0, start - 4), start)) ? 4 : 0
    report(scan, start - article, start + match.length)
  },
}

function report(scan: Scan, start: number, end: number): void {
  scan.report('STREET_ADDRESS', start, end, 'context')
}
