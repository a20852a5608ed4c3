import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { bitsPerCharacter } from '../validators/entropy.ts'

const token = /[ ]+(?:token[ ]+)?["']?([A-Za-z0-9_\-.~+/]{12,4096}={0,2})/y
const basic = /[ ]+["']?([A-Za-z0-9+/]{8,512}={0,2})/y

/** What follows `Bearer`, `Basic` and Okta's `SSWS`, in a header or told in a sentence. */
export const authorization: Detector = {
  triggers: ['word'],
  words: ['bearer', 'basic', 'ssws'],
  detect(scan, start, end) {
    if (end - start === 5) detectBasic(scan, end)
    else detectBearer(scan, end)
  },
}

function detectBearer(scan: Scan, end: number): void {
  token.lastIndex = end
  const match = token.exec(scan.text)
  const value = match?.[1]
  if (!match || !value || !/\d/.test(value) || bitsPerCharacter(value.slice(0, 64)) < 2.8) return
  report(scan, 'API_KEY', end + match[0].length - value.length, value)
}

/** RFC 7617: the base64 of `user:password`. */
function detectBasic(scan: Scan, end: number): void {
  basic.lastIndex = end
  const match = basic.exec(scan.text)
  const value = match?.[1]
  if (!match || !value) return
  const decoded = Buffer.from(value, 'base64').toString('latin1')
  if (!/^[\x20-\x7e]*:[\x20-\x7e]*$/.test(decoded)) return
  report(scan, 'PASSWORD', end + match[0].length - value.length, value)
}

function report(scan: Scan, type: string, start: number, value: string): void {
  const length = value.replace(/[.]+$/, '').length
  scan.report(type, start, start + length, 'check')
}
