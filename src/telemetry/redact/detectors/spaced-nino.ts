import { classOf, isAlphanumeric, letter } from '../character-class.ts'
import type { Detector } from '../detector.ts'

const nino =
  /[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D](?![A-Za-z0-9])/iy
const unissued = /^(?:BG|GB|NK|KN|TN|NT|ZZ)/i

/** UK national insurance numbers written in groups: `AB 12 34 56 C`. */
export const spacedNino: Detector = {
  triggers: ['digits', 'code'],
  detect(scan, start) {
    const from = start - 3
    if (from < 0 || classOf(scan.text.charCodeAt(start - 2)) !== letter) return
    if (isAlphanumeric(scan.text.charCodeAt(from - 1))) return
    nino.lastIndex = from
    const match = nino.exec(scan.text)
    if (!match || unissued.test(match[0])) return
    scan.report('NATIONAL_ID', from, from + match[0].length, 'check')
    scan.skipTo(from + match[0].length)
  },
}
