import type { DialString } from '../dial-string.ts'

/** Country calling codes of ITU-T E.164. */
const callingCodes = new Set(
  (
    '1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 ' +
    '66 81 82 84 86 90 91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 ' +
    '231 232 233 234 235 236 237 238 239 240 241 242 243 244 245 246 248 249 250 251 252 253 254 255 256 ' +
    '257 258 260 261 262 263 264 265 266 267 268 269 290 291 297 298 299 350 351 352 353 354 355 356 357 ' +
    '358 359 370 371 372 373 374 375 376 377 378 380 381 382 383 385 386 387 389 420 421 423 500 501 502 ' +
    '503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599 670 672 673 674 675 676 677 678 ' +
    '679 680 681 682 683 685 686 687 688 689 690 691 692 800 808 850 852 853 855 856 870 878 880 881 882 ' +
    '883 886 888 960 961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 979 992 993 994 995 ' +
    '996 998'
  ).split(' '),
)
/** Digits after the calling code, where a country's plan is narrower than E.164: `44: 9–10`. */
const nationalLengths = new Map(
  (
    '1:10-10 7:10-10 20:8-10 27:9-9 30:10-10 31:9-9 32:8-9 33:9-9 34:9-9 39:6-11 41:9-9 43:6-12 44:9-10 ' +
    '45:8-8 46:7-10 47:8-8 48:9-9 49:6-12 52:10-11 54:10-11 55:10-11 61:9-9 63:8-10 64:8-10 65:8-8 ' +
    '66:8-9 81:9-10 82:8-10 86:9-11 90:10-10 91:10-10 92:9-10 234:8-10 254:9-9 351:9-9 353:7-9 ' +
    '358:6-11 380:9-9 420:9-9 852:8-8 880:8-10 966:8-9 971:8-9 972:8-9'
  )
    .split(' ')
    .map((entry): [string, readonly [number, number]] => {
      const [code = '', shortest, longest] = entry.split(/[:-]/)
      return [code, [Number(shortest), Number(longest)]]
    }),
)
const anyNational: readonly [number, number] = [7, 12]

/** How many groups make an international number (`+49 30 …`, `0049 30 …`); 0 when none do. */
export function internationalGroups(dial: DialString): number {
  const all = dial.digits(dial.count)
  const prefix = dial.hasPlus ? '' : (/^(?:00|011)(?=[1-9])/.exec(all)?.[0] ?? undefined)
  if (prefix === undefined) return 0
  const code = callingCode(all.slice(prefix.length))
  if (!code) return 0
  const dialled = prefix.length + code.length
  const trunk = trunkZeros(dial)
  if (!dial.hasPlus && all[dialled] === '0' && trunk === 0) return 0
  const [shortest, longest] = nationalLengths.get(code) ?? anyNational
  return (
    dial.largest((_, total) => isWithin(total - dialled - trunk, shortest, longest)) ||
    dial.largest((_, total) => isWithin(total - dialled - trunk, ...anyNational))
  )
}

/** The zero of `+44 (0)20` is written but not dialled. */
function trunkZeros(dial: DialString): number {
  for (let group = 1; group < 3; group++) {
    if (dial.size(group) === 1 && dial.group(group) === '0' && dial.gap(group).endsWith('('))
      return 1
  }
  return 0
}

function isWithin(length: number, shortest: number, longest: number): boolean {
  return length >= shortest && length <= longest
}

function callingCode(digits: string): string | undefined {
  return [1, 2, 3].map((length) => digits.slice(0, length)).find((code) => callingCodes.has(code))
}

/** `(212) 555-0142`, `212-555-0142`, `1 212 555 0142`: the North American plan, written in groups. */
export function northAmericanGroups(dial: DialString, isLenient: boolean): number {
  const first = dial.size(0) === 1 && dial.group(0) === '1' ? 1 : 0
  if (dial.size(first) !== 3 || dial.size(first + 1) !== 3 || dial.size(first + 2) !== 4) return 0
  const gap = dial.gap(first + 1)
  if (!isLenient && !/^[2-9]/.test(dial.group(first))) return 0
  if (!isLenient && gap === ' ' && !/^[2-9]/.test(dial.group(first + 1))) return 0
  return dial.gap(first + 2) === gap || /[)/ -]/.test(gap) ? first + 3 : 0
}

/** National numbers written with their trunk zero in groups: `020 7946 0958`, `0171/3920017`. */
export function trunkGroups(dial: DialString): number {
  if (dial.size(0) < 2 || dial.size(0) > 5 || !/^0[1-9]/.test(dial.group(0))) return 0
  // Indonesian mobile numbers are one digit longer than all others: `0812-3456-7890`.
  const longest = dial.sizes(3) === '4-4-4' && dial.group(0).startsWith('08') ? 12 : 11
  return dial.largest(
    (count, total) => count > 1 && total >= 9 && total <= longest && hasPlainGroups(dial, count),
  )
}

/** A bracketed area code and the rest: `(11) 91234-5678`, `8 (912) 345-67-89`. */
export function bracketedGroups(dial: DialString, opensWithBracket: boolean): number {
  const isRussian = dial.size(0) === 1 && dial.group(0) === '8' && dial.gap(1).endsWith('(')
  if (!isRussian && (!opensWithBracket || dial.size(0) < 2)) return 0
  const first = isRussian ? 2 : 1
  return dial.largest(
    (count, total) =>
      count > first &&
      total >= 8 &&
      total <= 11 &&
      dial.size(count - 1) > 1 &&
      !hasBracket(dial, first, count),
  )
}

function hasBracket(dial: DialString, from: number, count: number): boolean {
  for (let group = from; group < count; group++) {
    if (dial.gap(group).includes('(')) return true
  }
  return false
}

/** Any grouping of 7–12 digits, for numbers that a word names. */
export function anyGroups(dial: DialString): number {
  return dial.largest((count, total) => total >= 7 && total <= 12 && hasPlainGroups(dial, count))
}

/** No group after the first has one digit or more than eight. */
function hasPlainGroups(dial: DialString, count: number): boolean {
  for (let group = 1; group < count; group++) {
    if (dial.size(group) < 2 || dial.size(group) > 8) return false
  }
  return true
}

/** Dates, years, dotted quads, amounts and thousands are written in the same groups. */
export function isOtherNumber(dial: DialString, count: number): boolean {
  const sizes = dial.sizes(count)
  const gap = dial.gap(1)
  for (let group = 2; group < count; group++) {
    if (dial.gap(group) !== gap) return isCalendar(dial, sizes)
  }
  if (/^(?:4-[12]-[12]|[12]-[12]-4|[12]-[12]-2)$/.test(sizes) && gap !== ' ') return true
  if (isCalendar(dial, sizes)) return true
  return gap === '.' && /^(?:[123]-(?:3-)*3|\d+-\d+|[123](?:-[123]){3})$/.test(sizes)
}

/** `2019 2020`, `20261124`: years and dates without separators. */
function isCalendar(dial: DialString, sizes: string): boolean {
  if (sizes === '4-4') return /^(?:19|20)\d\d(?:19|20)/.test(dial.digits(2))
  return (
    sizes === '8' && /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/.test(dial.group(0))
  )
}
