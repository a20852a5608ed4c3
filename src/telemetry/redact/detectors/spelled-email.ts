import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'

const localBefore =
  /(?:[a-z0-9._+-]{1,24} (?:dot|underscore|dash|hyphen|minus|plus|punkt|punto|point) ){0,3}[a-z0-9._+-]{1,64} ?[[({<]?$/i
const label = '[a-z0-9-]{1,63}'
const bracketed = new RegExp(
  `at[\\])}>] ?((?:${label} ?(?:\\.|[[({<]?dot[\\])}>]?) ?){1,4})[a-z]{2,12}\\b`,
  'iy',
)
/** Without brackets only a spelled dot before a common ending tells an address from prose. */
const plain = new RegExp(
  `at (?:${label} (?:dot|punkt|point|punto) ){1,3}(?:com|org|net|edu|gov|io|co|dev|app|info|me|ai|de|fr|es|it|nl|uk|us|eu|ch|at|br|in|jp|ca|au)\\b`,
  'iy',
)

/** Addresses that hide their signs: `jane (at) example dot com`, `jane at example dot com`. */
export const spelledEmail: Detector = {
  triggers: ['word'],
  words: ['at'],
  detect(scan, start) {
    const isBracketed = '[({<'.includes(scan.text.charAt(start - 1) || ' ')
    if (!isBracketed && scan.text[start - 1] !== ' ') return
    const length = lengthOf(isBracketed ? bracketed : plain, scan, start)
    if (length === 0) return
    const before = localBefore.exec(scan.text.slice(Math.max(0, start - 140), start))?.[0]
    if (!before || before.startsWith(' ')) return
    scan.report('EMAIL', start - before.length, start + length, 'check')
  },
}

function lengthOf(form: RegExp, scan: Scan, start: number): number {
  form.lastIndex = start
  return form.exec(scan.text)?.[0].length ?? 0
}
