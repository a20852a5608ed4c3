import type { Detector } from '../detector.ts'
import { isPlaceholder } from './assigned-value.ts'

const element = /[^<>\n]{0,40}>([^<>\n]{1,128})<\//y

/** The text of an XML element that is named as a password: `<password>…</password>`. */
export const passwordTag: Detector = {
  triggers: ['word'],
  words: ['password', 'passwd', 'pwd', 'passphrase', 'secret', 'apikey', 'passwort'],
  detect(scan, _start, end) {
    element.lastIndex = end
    const match = element.exec(scan.text)
    const text = match?.[1]
    if (!match || !text) return
    const from = end + match[0].length - 2 - text.length
    const value = { start: from, end: from + text.length, text, quoted: true }
    if (!isPlaceholder(value)) scan.report('PASSWORD', value.start, value.end, 'context')
  },
}
