import { isDigit } from '../character-class.ts'
import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'

const months =
  'january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|' +
  'januar|jänner|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre|' +
  'enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|' +
  'januari|februari|maart|mei|augustus|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro|' +
  'stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia|' +
  'января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря|' +
  'ocak|şubat|mart|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık|maj|augusti|marts|toukokuuta'
const dayFirst = new RegExp(
  `\\d{1,2}(?:st|nd|rd|th|er|º|\\.)?[ -](?:of |de )?(?:${months})\\.?,?[ -](?:de[l]? )?\\d{2,4}(?!\\d)`,
  'iy',
)
const monthFirst = new RegExp(
  `(?:${months})\\.? \\d{1,2}(?:st|nd|rd|th)?,? (?:of )?\\d{4}(?!\\d)`,
  'iy',
)
/** A day and month without a year tell a birthday only directly after a word for it. */
const yearless = new RegExp(
  `(?:\\d{1,2}(?:st|nd|rd|th|\\.)? (?:of )?(?:${months})|(?:${months}) \\d{1,2}(?:st|nd|rd|th)?)(?![\\w])`,
  'iy',
)
const numeric =
  /(?:\d{4}([-/. ])\d{1,2}\1\d{1,2}|\d{1,2}([-/. ])\d{1,2}\2(?:\d{4}|\d{2})|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d)/y
const eastAsian = /\d{2,4} ?[年년] ?\d{1,2} ?[月월] ?\d{1,2} ?[日일]/y

const words =
  /\bborn\b|birth ?date|date[\s_-]*of[\s_-]*birth|\bbirth|\bd\.? ?o\.? ?b\b|birthday|\bb-day|\(b\.? |geboren|geburt|\bgeb\b|(?<![a-z])née?(?![a-z])|naissance|nacimiento|\bnaci[oód]|nascimento|\bnascid|\bnascita|\bnat[oa] (?:il|a |nel)|\bnat[oa]\b|geboorte|urodz|\bur\.|född|fødsel|\bfødt|syntym|syntynyt|doğum|doğdu|родил|рожден|народж|narozen|naroden|született|születés|γεννη|出生|生日|生年月日|誕生日|生まれ|생년월일|생일|ميلاد|जन्म|เกิด|ngày sinh|sinh ngày/
const wordsAfter =
  /^[ ,(]{0,2}(?:geboren|born|生まれ|출생|생(?![가-힣])|is my (?:birthday|date of birth|dob)|(?:is|was) (?:his|her|my|the) (?:birthday|dob|date of birth)|doğumlu|births?day|\(dob\)|dob\b)/
/** Words between the label and the date that make it the date of something else. */
const otherDate =
  /\b(?:issued|expir|valid|since|until|meeting|visit|order|signed|registered|updated|created|admitted|ausgestellt|gültig|company|founded)/
const reach = 56

/** Full dates that a word calls a date of birth, in numbers or with the month's name. */
export const dateOfBirth: Detector = {
  triggers: ['digits', 'short-digits', 'code', 'word'],
  words: [...new Set(months.split('|'))].filter((month) => /^[a-z]+$/.test(month)),
  detect(scan, start, end) {
    const isLabelled = scan.hasLabel('birth', start, reach)
    if (!isLabelled && !mayBeFollowed(scan.text, end)) return
    if (
      /[\w/.-]/.test(scan.text.charAt(start - 1)) &&
      !/[a-zé]\.$/i.test(scan.text.slice(start - 2, start))
    )
      return
    const length = lengthAt(scan, start, [numeric, eastAsian, dayFirst, monthFirst])
    if (length > 0 && isNamed(scan, start, start + length, reach)) {
      return scan.report('DATE_OF_BIRTH', start, start + length, 'context')
    }
    if (length > 0 || !/birthday[a-z :]{0,12}$/.test(scan.before(start, 24))) return
    scan.report('DATE_OF_BIRTH', start, start + lengthAt(scan, start, [yearless]), 'context')
  },
}

/** Without a label before it only a date in digits is looked at; a word may follow it. */
function mayBeFollowed(text: string, end: number): boolean {
  const next = text[end]
  return (
    (next === '-' || next === '/' || next === '.' || next === '年') &&
    isDigit(text.charCodeAt(end + 1))
  )
}

function lengthAt(scan: Scan, start: number, forms: readonly RegExp[]): number {
  for (const form of forms) {
    form.lastIndex = start
    const match = form.exec(scan.text)
    if (match) return match[0].length
  }
  return 0
}

function isNamed(scan: Scan, start: number, end: number, width: number): boolean {
  const before = scan.hasLabel('birth', start, width) ? scan.before(start, width) : ''
  const label = words.exec(before)
  if (label && !otherDate.test(before.slice(label.index))) return true
  return wordsAfter.test(scan.after(end, 32))
}
