import { isAlphanumeric, isDigit } from '../character-class.ts'
import type { Detector } from '../detector.ts'
import { type DigitGroups, shapeOf } from '../digit-groups.ts'
import type { Scan } from '../scan.ts'
import { allSame } from '../validators/digits.ts'
import { passesLuhn } from '../validators/luhn.ts'

/** Groupings printed on cards; a single group may have 12–19 digits. */
const groupings = new Set(
  [
    '4-4-4-4',
    '4-6-5',
    '4-6-4',
    '4-4-4-4-3',
    '4-4-5',
    '4-4-4-1',
    '8-8',
    '6-13',
    '4-4-4',
    '4-4-4-2',
  ].map(shapeOf),
)

/** Issuer ranges: first and last prefix, and the lengths issued. Sources: ISO/IEC 7812 and the schemes. */
const issuers: readonly (readonly [first: number, last: number, lengths: readonly number[]])[] = [
  [4, 4, [13, 16, 19]],
  [51, 55, [16]],
  [2221, 2720, [16]],
  [34, 34, [15]],
  [37, 37, [15]],
  [300, 305, [14, 16]],
  [3095, 3095, [14, 16]],
  [36, 36, [14, 16, 19]],
  [38, 39, [14, 16, 19]],
  [6011, 6011, [16, 17, 18, 19]],
  [644, 659, [16, 17, 18, 19]],
  [60, 60, [16]],
  [3528, 3589, [16, 17, 18, 19]],
  [62, 62, [16, 17, 18, 19]],
  [81, 82, [16, 17, 18, 19]],
  [2200, 2205, [16, 17, 18, 19]],
  [5018, 5018, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5019, 5019, [16]],
  [5020, 5020, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5038, 5038, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5041, 5099, [16, 18, 19]],
  [56, 58, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6304, 6304, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6360, 6399, [16, 17, 18, 19]],
  [67, 67, [12, 13, 14, 15, 16, 17, 18, 19]],
  [8600, 8600, [16]],
  [9704, 9704, [16, 19]],
  [9792, 9792, [16]],
  [9860, 9860, [16]],
  [1, 1, [15]],
]

const issuersByLength = Map.groupBy(
  issuers
    .flatMap(([first, last, lengths]) =>
      lengths.map((length) => ({ first, last, length, size: String(first).length })),
    )
    .toSorted((left, right) => left.size - right.size),
  ({ length }) => length,
)

/** Numbers of payment cards: issuer range, length and Luhn digit all have to fit. */
export const paymentCard: Detector = {
  triggers: ['digits'],
  detect(scan, start, end) {
    if (!mayOpen(scan.text.charCodeAt(start), end - start) || !isFree(scan.text, start)) return
    const groups = scan.groupsAt(start)
    for (let count = Math.min(groups.count, 5); count > 0; count--) {
      if (groups.total(count) < 12 || !isCard(scan, groups, count)) continue
      scan.report('CREDIT_CARD', start, groups.end(count - 1), 'check')
      scan.skipTo(groups.end(count - 1))
      return
    }
  },
}

/** No card starts with 0 or 7 (with 1 only one of 15 digits); its first group has 4, 6, 8 or all. */
function mayOpen(first: number, size: number): boolean {
  if (first === 0x30 || first === 0x37) return false
  if (first === 0x31) return size === 15
  return size === 4 || size === 6 || size === 8 || size > 11
}

function isCard(scan: Scan, groups: DigitGroups, count: number): boolean {
  if (count > 1 && !(groupings.has(groups.shape(count)) && groups.isUniform(count))) return false
  const end = groups.end(count - 1)
  if (isAlphanumeric(scan.text.charCodeAt(end))) return false
  const digits = groups.digits(count)
  if (!isIssued(digits) || !passesLuhn(digits) || allSame(digits)) return false
  return isMeant(scan, groups.start(0), end, count, digits)
}

/** Shapes that other numbers share need a word about cards; identifiers that are named so are none. */
function isMeant(scan: Scan, start: number, end: number, count: number, digits: string): boolean {
  if (scan.isLabelled('card', start) || /card|cc\b/.test(scan.after(end, 24))) return true
  if (scan.isThing(start)) return false
  if (digits.length < 14) return false
  const isDecimal = count === 1 && scan.text[end] === '.' && isDigit(scan.text.charCodeAt(end + 1))
  if (digits.startsWith('1') && !scan.isWhole(start, end)) return false
  return !isDecimal
}

function isIssued(digits: string): boolean {
  let size = 0
  let prefix = 0
  for (const issuer of issuersByLength.get(digits.length) ?? []) {
    if (issuer.size !== size) {
      size = issuer.size
      prefix = Number(digits.slice(0, size))
    }
    if (prefix >= issuer.first && prefix <= issuer.last) return true
  }
  return false
}

/** Not in the middle of a longer word, number or decimal fraction. */
function isFree(text: string, start: number): boolean {
  const previous = text.charCodeAt(start - 1)
  if (isAlphanumeric(previous)) return false
  return !((previous === 0x2e || previous === 0x2c) && isDigit(text.charCodeAt(start - 2)))
}
