import type { Detector } from '../detector.ts'

const pairs = /[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}(?![\w:-])/iy
const words = /\bmac\b|ethernet|\bether\b|hwaddr|bssid|\barp\b|wi-?fi|bluetooth|mac_?addr|\blan\b/

/** Hardware addresses, where a word names them; fingerprints and hashes look alike. */
export const macAddress: Detector = {
  triggers: [':', 'digits', 'code', 'short-code'],
  detect(scan, at, end) {
    const start = scan.text[at] === ':' ? at - 2 : at
    if (start === at && (end - start !== 2 || scan.text[end] !== '-')) return
    if (/[\w:-]/.test(scan.text.charAt(start - 1))) return
    pairs.lastIndex = start
    const match = pairs.exec(scan.text)
    if (!match || !words.test(scan.before(start, 32))) return
    scan.report('MAC_ADDRESS', start, start + match[0].length, 'context')
    scan.skipTo(start + match[0].length)
  },
}
