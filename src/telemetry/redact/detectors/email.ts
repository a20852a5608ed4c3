import { classOf, digit, letter } from '../character-class.ts'
import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'

/** RFC 5321: 64 characters before the sign, 255 after. */
const longestLocal = 64
const longestDomain = 255
/** Endings of file names that follow an at-sign in code: `logo@2x.png`, `chunk@main.js`. */
const fileEnding =
  /\.(?:png|jpe?g|gif|webp|svg|ico|avif|bmp|tiff?|css|scss|less|jsx?|tsx?|mjs|cjs|vue|json|ya?ml|toml|html?|md|txt|csv|pdf|zip|gz|tgz|lock|log|py|rb|rs|go|java|kt|cpp|hpp|exe|dll|so|wasm|map|conf|cfg|ini|service|socket)$/i
const domainEnd = /\.(?:[a-z\u00c0-\u052f]{2,24}|xn--[a-z0-9-]{2,59})$/i

/** Addresses around an at-sign, in any script that is written with spaces. */
export const email: Detector = {
  triggers: ['@'],
  detect(scan, at) {
    const end = domainFrom(scan.text, at + 1)
    if (end === 0) return
    const start = localFrom(scan, at)
    if (start === at || isRemote(scan.text, start, at, end)) return
    scan.report('EMAIL', start, end, 'check')
  },
}

function localFrom(scan: Scan, at: number): number {
  const text = scan.text
  if (text[at - 1] === '"') return quotedFrom(text, at)
  let start = at
  while (start > 0 && at - start < longestLocal && isLocal(text, start - 1)) start--
  while (start < at && /[.'-]/.test(text.charAt(start))) start++
  return start
}

/** `"john doe"@example.com`: legal and rare. */
function quotedFrom(text: string, at: number): number {
  const quoted = /(?:^|[^\w"])("[\w .+'-]{1,60}")$/.exec(
    text.slice(Math.max(0, at - longestLocal), at),
  )
  return at - (quoted?.[1]?.length ?? 0)
}

function isLocal(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  const kind = classOf(code)
  if (kind === letter || kind === digit) return true
  if (code === 0x27) return isInsideName(text, index)
  return code === 0x2e || code === 0x5f || code === 0x2b || code === 0x2d
}

/** An apostrophe belongs to `o'brien@…`, not to a quoted address. */
function isInsideName(text: string, index: number): boolean {
  return index > 0 && classOf(text.charCodeAt(index - 1)) === letter
}

/** Where the domain that starts at an index ends, or 0 when none does. */
function domainFrom(text: string, start: number): number {
  let end = start
  while (end - start < longestDomain) {
    const code = text.charCodeAt(end)
    const kind = classOf(code)
    if (kind !== letter && kind !== digit && code !== 0x2d && code !== 0x2e) break
    end++
  }
  while (end > start && /[.-]/.test(text.charAt(end - 1))) end--
  if (end - start < 4) return 0
  const domain = text.slice(start, end)
  if (domain.startsWith('.') || domain.startsWith('-') || domain.includes('..')) return 0
  return domainEnd.test(domain) && !fileEnding.test(domain) ? end : 0
}

/** `git@host:path` and `ssh://git@host` name a service account that everybody shares. */
function isRemote(text: string, start: number, at: number, end: number): boolean {
  const local = text.slice(start, at)
  if (local !== 'git' && local !== 'hg' && local !== 'svn') return false
  return text[end] === ':' || text[end] === '/' || text[start - 1] === '/'
}
