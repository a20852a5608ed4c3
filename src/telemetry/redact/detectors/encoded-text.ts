import type { Detector } from '../detector.ts'

/** Type of candidates whose decoded text decides; it never leaves the search for spans. */
export const encoded = 'ENCODED'

const base64 = /[A-Za-z0-9+/_-]{16,16384}={0,2}/y
const probe = 24

/** Base64 that decodes to readable text; whether that is sensitive is for a scan of it to say. */
export const encodedText: Detector = {
  triggers: ['code'],
  detect(scan, start, end) {
    // Base64 of text has no run of letters and digits shorter than this at its start.
    if (end - start < 12 || /[\w+/=.-]/.test(scan.text.charAt(start - 1))) return
    base64.lastIndex = start
    const token = base64.exec(scan.text)?.[0]
    if (!token || !isReadable(decodeBase64(token.slice(0, probe)))) return
    if (isReadable(decodeBase64(token))) scan.report(encoded, start, start + token.length, 'form')
    scan.skipTo(start + token.length)
  },
}

/** The text of base64 in either alphabet. */
export function decodeBase64(token: string): string {
  return Buffer.from(token, 'base64').toString('utf8')
}

/** No control characters and nothing that is not UTF-8. */
function isReadable(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what tells bytes from text
  return text.length > 8 && !/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]/.test(text)
}
