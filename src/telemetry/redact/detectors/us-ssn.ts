import { classOf, isAlphanumeric, letter } from '../character-class.ts'
import type { Detector } from '../detector.ts'
import { shapeOf } from '../digit-groups.ts'

const grouped = shapeOf('3-2-4')
const plain = shapeOf('9')
const words = /\bssns?\b|social ?security|soc\.? sec|seguro social|ssn/

/** US social security numbers: grouped 3-2-4, or nine digits that are named so. */
export const usSsn: Detector = {
  triggers: ['digits'],
  detect(scan, start, end) {
    const size = end - start
    if (size !== 3 && size !== 9) return
    const groups = scan.groupsAt(start)
    const count = size === 9 ? 1 : 3
    if (groups.shape(count) !== (size === 9 ? plain : grouped) || !groups.isUniform(count)) return
    const last = groups.end(count - 1)
    if (!isBounded(scan.text, start, last) || !isAssignable(groups.digits(count))) return
    const named = words.test(scan.before(start, 40)) || words.test(scan.after(last, 16))
    if (!named && (size === 9 || scan.isThing(start) || /\//.test(groups.separators(count)))) return
    scan.report('US_SSN', start, last, named ? 'check' : 'context')
  },
}

/** The Social Security Administration assigns no area 000, 666 or 900–999, group 00 or serial 0000. */
function isAssignable(digits: string): boolean {
  return !/^(?:000|666|9)/.test(digits) && digits.slice(3, 5) !== '00' && digits.slice(5) !== '0000'
}

/** Neither inside a word nor a part of a longer chain of digits; `SSN-536-…` is a label. */
function isBounded(text: string, start: number, end: number): boolean {
  const before = text.charCodeAt(start - 1)
  if (isAlphanumeric(before) || isAlphanumeric(text.charCodeAt(end))) return false
  if (/^[-./]\d/.test(text.slice(end, end + 2))) return false
  return !/[-./_]/.test(text.charAt(start - 1)) || classOf(text.charCodeAt(start - 2)) === letter
}
