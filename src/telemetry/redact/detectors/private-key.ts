import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { passesBase58Check } from '../validators/base58check.ts'

const header = /-----BEGIN ((?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?)-----/y
/** A body whose end line is missing: long lines of base64 and the header lines of RFC 1421. */
const openBody =
  /(?:\s{0,8}(?:[A-Za-z0-9+/=]{24,}|[A-Za-z-]{1,24}: [^\n]{0,120}))*(?:\s{0,4}[A-Za-z0-9+/=]{8,})?/y
/** A 16384-bit RSA key in PEM has about 12,800 characters. */
const longestKey = 20_000
const age = /AGE-SECRET-KEY-1[A-Z0-9]{58}/iy
const putty =
  /PuTTY-User-Key-File-\d: [\s\S]{0,200}?Private-Lines: \d+\s+([A-Za-z0-9+/=\s]{40,8000})/y

/** Private keys: PEM and OpenPGP blocks (also cut ones), PuTTY, age, wallet import format, xprv. */
export const privateKey: Detector = {
  triggers: ['-----', 'prefix'],
  prefixes: ['AGE', 'age', 'PuTTY', 'xprv', 'yprv', 'zprv'],
  detect(scan, start, end) {
    if (scan.text[start] === '-') return detectPem(scan, start)
    for (const form of [age, putty]) {
      form.lastIndex = start
      const match = form.exec(scan.text)
      if (match) return report(scan, start, start + match[0].length)
    }
    const isExtended = scan.text.startsWith('prv', start + 1) && end - start === 111
    if (isExtended && passesBase58Check(scan.text.slice(start, end))) report(scan, start, end)
  },
}

function detectPem(scan: Scan, start: number): void {
  header.lastIndex = start
  const match = header.exec(scan.text)
  if (!match) return
  const bodyStart = start + match[0].length
  const footer = `-----END ${match[1]}-----`
  const found = scan.text.slice(bodyStart, bodyStart + longestKey).indexOf(footer)
  if (found >= 0) {
    report(scan, start, bodyStart + found + footer.length)
    return
  }
  openBody.lastIndex = bodyStart
  report(scan, start, bodyStart + (openBody.exec(scan.text)?.[0].trimEnd().length ?? 0))
}

function report(scan: Scan, start: number, end: number): void {
  scan.report('PRIVATE_KEY', start, end, 'check')
  scan.skipTo(end)
}
