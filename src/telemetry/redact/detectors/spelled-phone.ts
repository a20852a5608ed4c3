import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { phoneWordsAfter } from './phone-words.ts'

const digitWords = 'zero oh one two three four five six seven eight nine double triple'.split(' ')
const spelled = new RegExp(
  `(?:(?:${digitWords.join('|')}|\\d{1,4})(?:[ ,.-]{1,3}(?=${digitWords.join('|')}|\\d)|(?![a-z\\d]))){5,14}`,
  'iy',
)

/** Numbers dictated in words: `four one five, 555 0134`. Seven digits or more, and a word for a phone. */
export const spelledPhone: Detector = {
  triggers: ['word'],
  words: digitWords,
  detect(scan, start) {
    spelled.lastIndex = start
    const match = spelled.exec(scan.text)?.[0].replace(/[ ,.-]+$/, '')
    if (!match) return
    const digits = match
      .split(/[ ,.-]+/)
      .reduce((sum, part) => sum + (/\d/.test(part) ? part.length : 1), 0)
    if (digits < 7 || !isNamed(scan, start, start + match.length)) return
    scan.report('PHONE', start, start + match.length, 'context')
    scan.skipTo(start + match.length)
  },
}

function isNamed(scan: Scan, start: number, end: number): boolean {
  if (scan.isLabelled('phone', start) || scan.isLabelled('number', start, 24)) return true
  return phoneWordsAfter.test(scan.after(end, 24))
}
