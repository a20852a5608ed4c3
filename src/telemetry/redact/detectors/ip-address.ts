import { isAlphanumeric, isDigit } from '../character-class.ts'
import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'

const dotted = /(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(?:3[0-2]|[12]?\d)(?![\w./]))?/y
/** Words before a dotted number that make it a version, an object identifier or a clause. */
const versionWords =
  /(?:\bv|\bver|version|release[sd]?|build|firmware|driver|revision|\brev|section|clause|chapter|paragraph|§|\boid|cudnn|cuda|assembly|upgrade|update|kernel|agent|plugin|sdk|\bapi|library|package|chrome|chromium|safari|firefox|edge|opera|edg|webkit|nginx|apache|openssl|java|jdk|node|python|windows|android|macos|\bios|linux|==)[\s:/"'(=v-]*(?:from\s+)?(?:\S+\s+to\s+)?$/
const addressWords =
  /\b(?:ip|ipv4|ips|addr|address|adresse|host|server|client|peer|dns|ping|gateway|router|subnet|netmask|node|proxy|remote|src|dst|source|from|to|at|via|resolver|nameserver|forwarded|cidr|request|connect|connected|login|ssh|curl|block|blocked|ban|banned|firewall|vpn|and|or|by|on|is|@|primary|secondary)\b[^\n]{0,12}$/
/** Below this first octet a bare dotted number after an unknown word is more often a version. */
const lowestPlainOctet = 20

/** IPv4 and IPv6 addresses with their prefix length or zone; loopback and masks say nothing of anyone. */
export const ipAddress: Detector = {
  triggers: ['digits', ':'],
  detect(scan, start, end) {
    if (scan.text[start] !== ':') detectDotted(scan, start, end)
    else if (isBesideGroup(scan.text, start) && isCentre(scan.text, start))
      detectColons(scan, start)
  },
}

function detectDotted(scan: Scan, start: number, runEnd: number): void {
  const text = scan.text
  if (text[runEnd] !== '.' || runEnd - start > 3) return
  const previous = text.charCodeAt(start - 1)
  if (isAlphanumeric(previous) || previous === 0x2e || previous === 0x5f) return
  dotted.lastIndex = start
  const match = dotted.exec(text)
  if (!match) return
  const end = start + match[0].length
  const octets = match.slice(1, 5).map(Number)
  if (octets.some((octet) => octet > 255) || isNobodys(octets)) return
  if (isAlphanumeric(text.charCodeAt(end)) || continues(text, end)) return
  if (isVersion(scan, start, octets)) return
  scan.report('IP_ADDRESS', start, end, 'check')
  scan.skipTo(end)
}

function continues(text: string, end: number): boolean {
  const next = text.charCodeAt(end)
  return (next === 0x2e || next === 0x2d) && isDigit(text.charCodeAt(end + 1))
}

/** Loopback, unspecified, broadcast and netmasks. */
function isNobodys(octets: readonly number[]): boolean {
  return octets[0] === 127 || octets[0] === 0 || octets[0] === 255
}

function isVersion(scan: Scan, start: number, octets: readonly number[]): boolean {
  const before = scan.before(start, 40)
  if (versionWords.test(before)) return true
  if ((octets[0] ?? 0) >= lowestPlainOctet || (octets[0] ?? 0) === 10) return false
  return /[a-z][\w.-]* $/.test(before) && !addressWords.test(before)
}

const colonRun = /[0-9a-f:.]{2,45}/iy

/** Nearly all colons stand after a word, before a space, or alone between two numbers. */
function isBesideGroup(text: string, at: number): boolean {
  if (text[at + 1] === ':')
    return isHex(text.charCodeAt(at - 1)) || !isAlphanumeric(text.charCodeAt(at - 1))
  if (!isHex(text.charCodeAt(at - 1))) return false
  let end = at + 1
  while (end - at < 6 && isHex(text.charCodeAt(end))) end++
  return end > at + 1 && text[end] === ':'
}

/** The first colon of a run decides for the whole run. */
function isCentre(text: string, at: number): boolean {
  let back = at - 1
  while (back >= 0 && at - back <= 4 && isHex(text.charCodeAt(back))) back--
  const previous = text.charCodeAt(back)
  return previous !== 0x3a && previous !== 0x2e && !isAlphanumeric(previous)
}

function detectColons(scan: Scan, colon: number): void {
  const text = scan.text
  let start = colon
  while (start > 0 && isHex(text.charCodeAt(start - 1))) start--
  colonRun.lastIndex = start
  const run = colonRun.exec(text)?.[0] ?? ''
  const address = run.replace(/\.+$|(?<!:):$/, '')
  let end = start + address.length
  if (!isVersion6(address) || isAlphanumeric(text.charCodeAt(end))) return
  if (!isTelling(scan, address, start)) return
  const tail = /%[a-z0-9]{1,15}|\/(?:12[0-8]|1[01]\d|\d{1,2})(?![\w/])/iy
  tail.lastIndex = end
  end += tail.exec(text)?.[0].length ?? 0
  scan.report('IP_ADDRESS', start, end, 'check')
  scan.skipTo(end)
}

/** RFC 4291: eight groups, or fewer with one `::`; the last two may be written as IPv4. */
function isVersion6(address: string): boolean {
  const halves = address.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) ?? ''
  let count = groups.length
  if (last.includes('.')) {
    if (!isDottedQuad(last)) return false
    groups.pop()
    count++
  }
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false
  return halves.length === 2 ? count <= 7 : count === 8
}

function isDottedQuad(text: string): boolean {
  return (
    /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) < 256)
  )
}

/** `::`, `::1` and slices such as `1::2` are valid addresses but nearly always something else. */
function isTelling(scan: Scan, address: string, start: number): boolean {
  if (address === '::1' || address === '0:0:0:0:0:0:0:1') return false
  if (/ipv6|unspecified|\bip\b|address/.test(scan.before(start, 24))) return true
  if (!/\d/.test(address)) return false
  return address.includes('.') || /[0-9a-f]{3}/i.test(address) || address.split(':').length > 4
}

function isHex(code: number): boolean {
  return isDigit(code) || (code >= 0x61 && code <= 0x66) || (code >= 0x41 && code <= 0x46)
}
