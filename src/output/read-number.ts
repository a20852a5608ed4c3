import type { Scalar, ScalarReading } from './reading.ts'
import type { RuleName } from './rule-names.ts'
import type { NumberView } from './view.ts'

/**
 * Numbers as people write them.
 *
 * A notation is taken when it has one meaning: `1,234.56` and `1.234,56` have, since the last mark is
 * the decimal one; `1,234` has two, unless the schema wants an integer. Units, ranges, fractions and
 * magnitudes (`5 kg`, `5-7`, `1/5`, `1.5M`, `>5`) are never numbers.
 */

const json = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
/** Numbers of other languages: `+5`, `.5`, `5.`, `1_000`, `0x1F`. */
const loose = /^[+-]?(?:\d+\.\d*|\.\d+|[1-9]\d*|0)(?:[eE][+-]?\d+)?$/
const underscored = /^[+-]?\d+(?:_\d+)+(?:\.\d+(?:_\d+)*)?$/
/** `42n` of JavaScript, `42L` of Java and Python. */
const suffixed = /^-?(?:0|[1-9]\d*)[nL]$/
const hexadecimal = /^[+-]?0[xX][\da-fA-F]{1,13}$/
const currency =
  /^(?:[$€£¥₹]|(?:USD|EUR|GBP|CHF|JPY|INR|AUD|CAD)\s)\s*|\s*(?:[$€£¥₹]|\s(?:USD|EUR|GBP|CHF|JPY|INR|AUD|CAD))$/g
const usGrouped = /^\d{1,3}(?:,\d{3})+\.\d+$|^\d{1,3}(?:,\d{3}){2,}$/
const euGrouped = /^\d{1,3}(?:\.\d{3})+,\d+$|^\d{1,3}(?:\.\d{3}){2,}$/
const spaceGrouped = /^\d{1,3}(?:[ \u00a0\u202f']\d{3})+(?:[.,]\d+)?$/
const oneComma = /^(\d{1,3}),(\d{3})$/
const decimalComma = /^[-+]?\d+,(?:\d{1,2}|\d{4,})$/
const percentage = /^([+-]?\d+(?:\.\d+)?)\s?%$/

/** Longer than this no notation is looked at; a number that long is not a mistake of notation. */
const longest = 60

/** The number that these characters stand for under this schema. */
export function readNumber(text: string, isBare: boolean, view: NumberView): ScalarReading {
  // `"5.000"` is five, or five thousand where the dot groups; an integer has no reason for zeros.
  if (!isBare && view.integer && /^\s*[-+]?\d{1,3}\.000\s*$/.test(text)) return 'ambiguous'
  if (json.test(text)) {
    const value = Number(text)
    if (!isHeld(text, value) || !fits(value, view)) return undefined
    return isBare ? { value } : { value, rule: 'number-in-string', class: 'unique' }
  }
  const trimmed = halfWidth(text.trim())
  if (trimmed.length > longest) return undefined
  // Between other values a comma is rather JSON's own than a decimal one.
  if (isBare && decimalComma.test(trimmed)) return 'ambiguous'
  const found = readNotation(trimmed, view)
  if (found === undefined || found === 'ambiguous') return found
  return fits(found.value as number, view) ? found : undefined
}

/** Digits and marks in the width of Chinese and Japanese type, `４２` and `１．５`, as plain ones. */
function halfWidth(text: string): string {
  return /^[\uff05\uff0b-\uff19]+$/.test(text) ? text.normalize('NFKC') : text
}

/** Whether a number of the schema's kind and within its limits. */
export function fits(value: number, view: NumberView): boolean {
  if (!Number.isFinite(value)) return false
  if (view.integer && !Number.isSafeInteger(value)) return false
  if (value < view.minimum || value > view.maximum) return false
  if (value <= view.exclusiveMinimum || value >= view.exclusiveMaximum) return false
  if (view.multipleOf === undefined) return true
  const ratio = value / view.multipleOf
  return Math.abs(ratio - Math.round(ratio)) < 1e-9 * Math.max(1, Math.abs(ratio))
}

/** Whether a JavaScript number holds what an integer's digits say, so that it prints them again. */
export function isHeld(text: string, value: number): boolean {
  if (!Number.isFinite(value)) return false
  if (Number.isSafeInteger(value) || text.length < 16 || /[.eE]/.test(text)) return true
  return String(value) === text || (text.length < 400 && BigInt(text) === BigInt(value))
}

function readNotation(text: string, view: NumberView): ScalarReading {
  if (json.test(text)) return held(text, 'number-in-string', 'unique')
  if (loose.test(text)) return held(text, 'number-notation', 'lossless')
  if (underscored.test(text)) return held(text.replaceAll('_', ''), 'number-notation', 'likely')
  if (suffixed.test(text)) return held(text.slice(0, -1), 'number-notation', 'likely')
  if (hexadecimal.test(text)) return likelyNumber(Number(text), 'number-notation')
  // The minus of typography.
  if (/^\u2212\d/.test(text)) return readMinus(text, view)
  const percent = percentage.exec(text)
  if (percent?.[1] !== undefined) {
    if (view.maximum > 1) return 'ambiguous'
    return likelyNumber(Number(`${percent[1]}e-2`), 'percentage')
  }
  const sign = /^[-+]/.exec(text)?.[0] === '-' ? -1 : 1
  const unsigned = text.replace(/^[-+]\s?/, '')
  const bare = unsigned.replace(currency, '')
  const amount = readGrouped(bare, view)
  if (amount === 'ambiguous') return 'ambiguous'
  if (amount !== undefined) return likelyNumber(sign * amount, 'grouped-number')
  if (bare !== unsigned && /\.\d{3}$/.test(bare)) return 'ambiguous'
  if (bare !== unsigned && json.test(bare)) return likelyNumber(sign * Number(bare), 'currency')
  const marked = /^(\*\*|\*|`|_|'|")(.+)\1$/.exec(text)
  if (marked?.[2] !== undefined && json.test(marked[2])) return held(marked[2], 'marks', 'likely')
  const sentence = /^(-?\d+\.\d+)\.$/.exec(text)
  if (sentence?.[1] !== undefined) return likelyNumber(Number(sentence[1]), 'number-notation')
  return undefined
}

function readMinus(text: string, view: NumberView): ScalarReading {
  const found = readNotation(`-${text.slice(1)}`, view)
  if (found === undefined || found === 'ambiguous') return found
  return likelyNumber(found.value as number, 'number-notation')
}

function readGrouped(text: string, view: NumberView): number | undefined | 'ambiguous' {
  if (usGrouped.test(text)) return Number(text.replaceAll(',', ''))
  if (euGrouped.test(text)) return Number(text.replaceAll('.', '').replace(',', '.'))
  if (spaceGrouped.test(text))
    return Number(text.replace(/[ \u00a0\u202f']/g, '').replace(',', '.'))
  if (decimalComma.test(text)) return Number(text.replace(',', '.'))
  const parts = oneComma.exec(text)
  if (parts === null) return undefined
  const decimal = Number(`${parts[1]}.${parts[2]}`)
  if (parts[1] === '0') return decimal
  const whole = Math.round(decimal * 1000)
  if (fits(whole, view) && fits(decimal, view)) return 'ambiguous'
  return fits(whole, view) ? whole : decimal
}

function held(text: string, rule: RuleName, kind: Scalar['class']): ScalarReading {
  const value = Number(text)
  return isHeld(text, value) ? { value, rule, class: kind ?? 'likely' } : undefined
}

function likelyNumber(value: number, rule: RuleName): Scalar {
  return { value, rule, class: 'likely' }
}
