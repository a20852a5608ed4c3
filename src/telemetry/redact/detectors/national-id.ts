import { isAlphanumeric, isDigit } from '../character-class.ts'
import type { Detector } from '../detector.ts'
import { type DigitGroups, shapeOf } from '../digit-groups.ts'
import type { Scan } from '../scan.ts'
import { allSame } from '../validators/digits.ts'
import {
  codeRules,
  digitRules,
  type NationalCodeRule,
  type NationalIdRule,
} from './national-id-rules.ts'

/** Names of identity numbers in general; they stand in for the words of a rule that has a check. */
const generalWords =
  /national (?:id|identi|insurance|number)|\bid (?:number|no|card|code)|identity|identification (?:number|code)|personal (?:id|number|code)|citizen|resident|tax[ -]?(?:id|payer|number)|social (?:security|insurance)|\bssn\b|personnummer|ausweis|carte d'identit|documento|kimlik|身份|身分|신분/
/** `… is my hetu`, `… en mi NIE`, `… (DNI)`. */
const statement = /^[ ,]{0,2}(?:\(|(?:is|was|är|er|es|en|est|ist|è|é|jest|on)(?![\p{L}]))/u
const reach = 48
const uniform = /^(.?)\1*$/
const longestShape = 7

interface ShapeRules {
  readonly rules: readonly NationalIdRule[]
  /** True when one of them needs no words. */
  readonly isFree: boolean
}

const byShape = new Map<number, ShapeRules>()
for (const rule of digitRules) {
  for (const shape of rule.shapes.split(' ').map(shapeOf)) {
    const known = byShape.get(shape)
    const isFree = (known?.isFree ?? false) || !rule.words
    byShape.set(shape, { rules: [...(known?.rules ?? []), rule], isFree })
  }
}

const byRun = new Map<number, NationalCodeRule[]>()
for (const rule of codeRules) {
  for (const length of rule.runs.split(' ').map(Number)) {
    byRun.set(length, [...(byRun.get(length) ?? []), rule])
  }
}

/** Identity, tax and social insurance numbers of many countries, by form, check digit and words. */
export const nationalId: Detector = {
  triggers: ['digits', 'code'],
  detect(scan, start, end) {
    if (!isFree(scan.text, start)) return
    if (!detectCode(scan, start, end)) detectDigits(scan, start, end)
  },
}

function detectDigits(scan: Scan, start: number, end: number): void {
  const from = glued(scan.text, start, end)
  const groups = scan.groupsAt(from)
  for (let count = Math.min(groups.count, longestShape); count > 0; count--) {
    const rules = byShape.get(groups.shape(count))
    if (!rules || !fitsOne(scan, rules, groups, count)) continue
    scan.report('NATIONAL_ID', from, groups.end(count - 1), 'context')
    return
  }
}

/** Where the digits of a run start that is a word and a number run together: `is199003052397`. */
function glued(text: string, start: number, end: number): number {
  const letters = /^[a-z]{2,12}(?=\d{6,14}$)/i.exec(text.slice(start, Math.min(end, start + 27)))
  return start + (letters?.[0].length ?? 0)
}

function fitsOne(
  scan: Scan,
  { rules, isFree }: ShapeRules,
  groups: DigitGroups,
  count: number,
): boolean {
  const start = groups.start(0)
  const end = groups.end(count - 1)
  if (!endsFree(scan.text, end)) return false
  const context = contextOf(scan, start, end)
  if (!isFree && context === '') return false
  const digits = groups.digits(count)
  const separators = groups.separators(count)
  return rules.some((rule) => {
    if (rule.words && !context) return false
    if (!(rule.joints ?? uniform).test(separators) || allSame(digits) || !rule.passes(digits))
      return false
    return rule.words ? isNamed(context, rule.words) : !scan.isThing(start)
  })
}

function detectCode(scan: Scan, start: number, end: number): boolean {
  const from = gluedCode(scan.text, start, end)
  for (const rule of byRun.get(end - from) ?? []) {
    rule.form.lastIndex = from
    const match = rule.form.exec(scan.text)
    if (!match) continue
    const last = from + match[0].length
    if (!endsFree(scan.text, last) || !rule.passes(match[0].replace(/[-. ]/g, ''))) continue
    if (rule.words && !isNamed(contextOf(scan, from, last), rule.words)) continue
    scan.report('NATIONAL_ID', from, last, 'context')
    return true
  }
  return false
}

function gluedCode(text: string, start: number, end: number): number {
  if (end - start < 13) return start
  const letters = /^[a-z]{2,12}(?=\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]\b)/.exec(
    text.slice(start, start + 24),
  )
  return start + (letters?.[0].length ?? 0)
}

/** The words around a number, where one before it or a statement after it could name it; else ''. */
function contextOf(scan: Scan, start: number, end: number): string {
  const mayFollow = !isDigit(scan.text.charCodeAt(end + 1))
  const after = mayFollow && statement.test(scan.after(end, 16)) ? scan.after(end, 32) : ''
  const before = scan.hasLabel('identity', start, reach) ? scan.before(start, reach) : ''
  return before === '' && after === '' ? '' : `${before}\n${after}`
}

function isNamed(context: string, words: RegExp): boolean {
  return words.test(context) || generalWords.test(context)
}

function isFree(text: string, start: number): boolean {
  const previous = text.charCodeAt(start - 1)
  if (isAlphanumeric(previous) || previous === 0x5f || previous === 0x23) return false
  return (
    !isJoint(previous) || !isAlphanumeric(text.charCodeAt(start - 2)) || isLabelEnd(text, start)
  )
}

/** `Pass-123…` and `CPF.123…` join a label; `12-3456-789` is one number. */
function isLabelEnd(text: string, start: number): boolean {
  return !isDigit(text.charCodeAt(start - 2))
}

function isJoint(code: number): boolean {
  return code === 0x2d || code === 0x2e || code === 0x2f
}

function endsFree(text: string, end: number): boolean {
  const next = text.charCodeAt(end)
  if (isAlphanumeric(next) || next === 0x5f) return false
  return !isJoint(next) || !isAlphanumeric(text.charCodeAt(end + 1))
}
