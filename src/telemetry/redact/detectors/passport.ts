import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'

const words =
  /passports?(?![a-z])|\bpass(?:[ -]?(?:no|nr|nummer|number))|reisepass|\bpass\b(?= [a-z]?\d)|passeport|pasaporte|passaporto|passaporte|paspoort|paszport|passnummer|pasnummer|passinumero|pasaport|útlevél|cestovní pas|travel document|여권|护照|護照|旅券|パスポート|паспорт|διαβατ|جواز|דרכון|पासपोर्ट|หนังสือเดินทาง|hộ chiếu/
const wordsAfter =
  /^[ ,]{0,2}(?:es|is|ist|est|è|é)? ?(?:mi|my|mein|mon|il mio|meu)? ?(?:número de |numero de |n° de )?(?:passport|pasaporte|reisepass|passeport|passaporto|passaporte)/
const reach = 40
const numberSign = /^[ "'_-]{0,2}(?:no|nr|num|number|n°|nº|#)\.?/
/** The end of the sentence or another label stands between. */
const otherLabel = /[.;!?\n]\s|\b(?:phone|tel|dob|born|order|invoice)\b/
/** Two letters at most, then digits; Germany and others mix letters of a reduced alphabet in. */
const number = /(?=[A-Z0-9]*\d[A-Z0-9]*\d[A-Z0-9]*\d[A-Z0-9]*\d)[A-Z0-9]{6,12}(?![\w])/iy
const spaced = /(?:\d{2} ?\d{2} \d{6}|[A-Z]{1,2} \d{6,7}|\d{2} \d{7})(?![\w])/iy

/** Passport numbers. They have no form of their own, so a word has to name them. */
export const passport: Detector = {
  triggers: ['digits', 'code'],
  detect(scan, start, end) {
    const isLabelled = scan.hasLabel('passport', start, reach + 8)
    if (!isLabelled && (end - start < 6 || !wordsAfter.test(scan.after(end, reach)))) return
    if (
      /[\w.#-]/.test(scan.text.charAt(start - 1)) &&
      !/[a-z]-$/i.test(scan.text.slice(start - 2, start))
    )
      return
    const length = lengthAt(scan, start)
    if (length === 0 || isDate(scan.text.slice(start, start + length))) return
    if (!isNamed(scan, start, start + length)) return
    scan.report('PASSPORT', start, start + length, 'context')
  },
}

function lengthAt(scan: Scan, start: number): number {
  for (const form of [spaced, number]) {
    form.lastIndex = start
    const match = form.exec(scan.text)
    if (match) return match[0].length
  }
  return 0
}

function isNamed(scan: Scan, start: number, end: number): boolean {
  const before = scan.before(start, reach)
  const label = words.exec(before)
  if (label) {
    const between = before.slice(label.index + label[0].length).replace(numberSign, '')
    if (!otherLabel.test(between)) return true
  }
  return wordsAfter.test(scan.after(end, reach))
}

/** `20240131` and `2024` near a passport are its dates. */
function isDate(text: string): boolean {
  return /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/.test(text)
}
