import { classOf, isAlphanumeric, isDigit, letter } from '../character-class.ts'
import type { Detector } from '../detector.ts'
import type { DialString } from '../dial-string.ts'
import type { Scan } from '../scan.ts'
import { allSame } from '../validators/digits.ts'
import {
  anyGroups,
  bracketedGroups,
  internationalGroups,
  isOtherNumber,
  northAmericanGroups,
  trunkGroups,
} from './phone-formats.ts'
import { isNumberOfPerson, phoneWordsAfter } from './phone-words.ts'

const extension =
  /[ ]?(?:x|ext\.?|extn\.?|extension|#|durchwahl|poste|int\.|anexo|ramal|доб\.?)[ .:]{0,2}\d{1,6}(?!\w)/iy
const unitAfter =
  /^[ ]?(?:%|°|ms\b|secs?\b|seconds?\b|bytes?\b|[kmgt]i?b\b|kg\b|km\b|m\b|mah\b|px\b|usd\b|eur\b|gbp\b|dollars?\b|euros?\b|points?\b|people\b|users?\b|rows?\b|items?\b|tokens?\b|times\b|years?\b|years?\b|miles\b|meters?\b)/
const tagAfter = /^-(?:fax|office|home|mobile|cell|work|desk|private)\b/

/**
 * Phone numbers of many countries. What is written internationally, in a national format with a trunk
 * zero, or in the groups of the North American plan stands for itself; any other digits need a word
 * that names a phone, or to be the whole text.
 */
export const phone: Detector = {
  triggers: ['digits', '+', '('],
  detect(scan, start, runEnd) {
    if (!isOpening(scan.text, start) || !isPossible(scan, start, runEnd)) return
    const dial = scan.dialAt(start)
    if (dial.total(dial.count) < 7) return
    const count = countGroups(scan, dial)
    if (count === 0 || allSame(dial.digits(count))) return
    const end = endWithExtension(scan.text, dial.end(count - 1))
    scan.report('PHONE', start, end, 'context')
    scan.skipTo(end)
  },
}

/** Whether a number may start here: not inside a word, a decimal, a code or a longer number. */
function isOpening(text: string, start: number): boolean {
  const previous = text.charCodeAt(start - 1)
  if (isAlphanumeric(previous) || '_#$€£¥₹@+%*-'.includes(text.charAt(start - 1) || ' '))
    return false
  const sign = text[start]
  if (sign === '+' || sign === '(') return opensNumber(text, start, sign)
  return !('.,:'.includes(text.charAt(start - 1) || ' ') && isDigit(text.charCodeAt(start - 2)))
}

/** `+4…`, `+(4…`, `(+4…` and an area code in brackets. */
function opensNumber(text: string, start: number, sign: '+' | '('): boolean {
  let at = start + 1
  if (text[at] === (sign === '+' ? '(' : '+')) at++
  if (!isDigit(text.charCodeAt(at))) return false
  if (sign === '+') return text[start - 1] !== '('
  const from = at
  while (at - from < 6 && isDigit(text.charCodeAt(at))) at++
  return text[at] === ')' || text[from - 1] === '+'
}

/** Most numbers fall here: without a label only a few first groups can open a phone number. */
function isPossible(scan: Scan, start: number, runEnd: number): boolean {
  const first = scan.text.charCodeAt(start)
  const size = runEnd - start
  if (!isDigit(first) || first === 0x30 || size === 3 || size > 6) return true
  if (size === 1) return (first === 0x31 || first === 0x38) && areaFollows(scan.text, runEnd)
  return isLabelled(scan, start) || scan.isFirst(start)
}

/** `1 (212`, `1-800`, `8 (912`. */
function areaFollows(text: string, end: number): boolean {
  let at = end
  while (at - end < 2 && ' -.('.includes(text.charAt(at) || '#')) at++
  return at > end && [0, 1, 2].every((index) => isDigit(text.charCodeAt(at + index)))
}

function countGroups(scan: Scan, dial: DialString): number {
  if (dial.hasPlus || scan.text.startsWith('0', dial.start)) {
    const international = internationalGroups(dial)
    if (international > 0 && endsWell(scan, dial, international)) {
      if (isInternational(scan, dial, international)) return international
    }
    if (dial.hasPlus) return 0
  }
  if (!isDialled(scan, dial)) return 0
  const isNamed = names(scan, dial)
  for (const rule of nationalRules) {
    const count = rule(scan, dial, isNamed)
    if (count > 0 && endsWell(scan, dial, count) && !isOtherNumber(dial, count)) return count
  }
  return 0
}

/** Whether any rule could accept these groups; the words around are only read then. */
function isDialled(scan: Scan, dial: DialString): boolean {
  if (anyGroups(dial) > 0 || northAmericanGroups(dial, true) > 0 || trunkGroups(dial) > 0)
    return true
  return bracketedGroups(dial, scan.text[dial.start] === '(') > 0
}

/** `00…` may be the start of any padded number unless it is grouped, named or alone. */
function isInternational(scan: Scan, dial: DialString, count: number): boolean {
  if (dial.hasPlus) return !(count === 2 && dial.gap(1) === '.' && dial.size(0) < 4)
  if (names(scan, dial) || scan.isWhole(dial.start, dial.end(count - 1))) return true
  return count > 1 && count === dial.count && !scan.isRecord(dial.start) && !isInCode(scan, dial)
}

type NationalRule = (scan: Scan, dial: DialString, isNamed: boolean) => number

/** In order of how much their form says. */
const nationalRules: readonly NationalRule[] = [
  (scan, dial, isNamed) => unlessCode(scan, dial, isNamed, northAmericanGroups(dial, isNamed)),
  (scan, dial, isNamed) => unlessCode(scan, dial, isNamed, trunkGroups(dial)),
  (scan, dial, isNamed) =>
    unlessCode(scan, dial, isNamed, bracketedGroups(dial, scan.text[dial.start] === '(')),
  (_scan, dial, isNamed) => (isNamed ? anyGroups(dial) : 0),
  (scan, dial) => (scan.isFirst(dial.start) ? wholeGroups(scan, dial) : 0),
]

function unlessCode(scan: Scan, dial: DialString, isNamed: boolean, count: number): number {
  return count > 0 && !isNamed && (scan.isRecord(dial.start) || isInCode(scan, dial)) ? 0 : count
}

/** A text that is nothing but ten or eleven digits is a phone number more often than anything else. */
function wholeGroups(scan: Scan, dial: DialString): number {
  const count = anyGroups(dial)
  if (count === 0 || !scan.isWhole(dial.start, dial.end(count - 1))) return 0
  const digits = dial.digits(count)
  if ('01234567890123'.includes(digits) || isFormOfSsn(dial, count)) return 0
  const isPlausible =
    count > 1 ? digits.length > 8 : /^(?:[2-9]\d{9}|0[1-9]\d{8,9}|1[2-9]\d{9})$/.test(digits)
  return isPlausible ? count : 0
}

/** `000-12-3456`: whether it is a real one is for its own detector to say. */
function isFormOfSsn(dial: DialString, count: number): boolean {
  return count === 3 && dial.size(0) === 3 && dial.size(1) === 2 && dial.size(2) === 4
}

function isLabelled(scan: Scan, start: number): boolean {
  if (scan.isLabelled('phone', start)) return true
  return scan.isLabelled('number', start, 16) && isNumberOfPerson(scan.before(start, 40))
}

/** A word that names a phone stands before or directly after the number. */
function names(scan: Scan, dial: DialString): boolean {
  if (isLabelled(scan, dial.start)) return true
  const end = dial.end(dial.count - 1)
  return beginsWord(scan.text, end) && phoneWordsAfter.test(scan.after(end, 24))
}

/** A letter follows, after no more than a space, a hyphen and a bracket. */
function beginsWord(text: string, end: number): boolean {
  let at = end
  while (at - end < 3 && ' -(,'.includes(text.charAt(at) || '#')) at++
  return classOf(text.charCodeAt(at)) === letter
}

/** After the number comes no further digit, letter or unit that would make it something else. */
function endsWell(scan: Scan, dial: DialString, count: number): boolean {
  const text = scan.text
  const end = dial.end(count - 1)
  const next = text.charCodeAt(end)
  extension.lastIndex = end
  if (extension.test(text)) return true
  if (isAlphanumeric(next) || next === 0x5f) return false
  const after = scan.after(end, 16)
  if (unitAfter.test(after)) return false
  if (next === 0x2d && after[1] !== ' ') return tagAfter.test(after)
  if (/^[.,:/]\d/.test(after)) return false
  return (
    count === dial.count || dial.hasPlus || count === 1 || dial.gap(count) !== dial.gap(count - 1)
  )
}

/** Preceded by a group of capitals and digits, the number continues a longer code. */
function isInCode(scan: Scan, dial: DialString): boolean {
  return /(?:^|[^\w])(?=\w*\d)[A-Z0-9]{2,}[ -]$/.test(
    scan.text.slice(Math.max(0, dial.start - 12), dial.start),
  )
}

function endWithExtension(text: string, end: number): number {
  extension.lastIndex = end
  return end + (extension.exec(text)?.[0].length ?? 0)
}
