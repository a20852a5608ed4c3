import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { looksRandom } from '../validators/entropy.ts'
import { isPlaceholder } from './assigned-value.ts'

const longestUserInfo = 320
const webScheme = /https?$/i

/**
 * User and password, or a token, in the user part of a URL. Host and path stay readable.
 * A raw `@`, `#` or `?` inside a password is wrong but common, so for database and queue schemes the
 * last at-sign before white space ends the user part.
 */
export const urlCredential: Detector = {
  triggers: [':'],
  detect(scan, colon) {
    const text = scan.text
    if (text[colon + 1] !== '/' || text[colon + 2] !== '/') return
    const start = colon + 3
    const at = endOfUserInfo(text, start, webScheme.test(text.slice(Math.max(0, colon - 8), colon)))
    if (at === 0) return
    const separator = text.slice(start, at).indexOf(':')
    if (separator < 0) reportToken(scan, start, at)
    else reportUserInfo(scan, start, start + separator + 1, at)
    // What stands before the at-sign is no e-mail address.
    scan.skipTo(at + 1)
  },
}

function endOfUserInfo(text: string, start: number, isWeb: boolean): number {
  let at = 0
  for (let index = start; index - start < longestUserInfo && index < text.length; index++) {
    const character = text.charAt(index)
    if (character === '@') at = index
    else if (/[\s"'`<>/]/.test(character) || (isWeb && /[?#]/.test(character))) break
  }
  return at
}

function reportUserInfo(scan: Scan, start: number, password: number, end: number): void {
  const text = scan.text.slice(password, end)
  if (text !== '' && !isVariable(text)) scan.report('URL_CREDENTIAL', start, end, 'check')
}

function isVariable(text: string): boolean {
  return (
    text.length > 2 &&
    isPlaceholder({ start: 0, end: 0, text, quoted: true }) &&
    !/^\w+$/.test(text)
  )
}

/** `https://<token>@host`: a user alone is a secret only when it looks like one. */
function reportToken(scan: Scan, start: number, end: number): void {
  const user = scan.text.slice(start, end)
  if (looksRandom(user, 16)) scan.report('URL_CREDENTIAL', start, end, 'check')
}
