import type { Detector, Scan } from '../scan.ts'
import { characterClasses, looksRandom } from '../validators/entropy.ts'

/** The token and the sign before it: what follows a slash is part of a path. */
const token = /[A-Za-z0-9][A-Za-z0-9_+/=~-]{19,511}/y
const mention =
  /(?:api|access|secret|auth|signing|encryption|license|private|service|account|admin|maps?|bot|client|webhook)?[ _-]?(?:\bkeys?|\bsecrets?|\btokens?|credentials?|apikeys?|schlüssel|clave|clé|chave)\b[^\n]{0,24}$/
const mentionAfter = /^["'`)]?,? (?:as|is|for|=|in|to)\b[^\n]{0,16}?(?:key|token|secret|credential)/
const mentionOfHash =
  /\b(?:commit|sha-?\d*|md5|hash|digest|checksum|etag|uuid|guid|trace|span|request|object|blob|integrity|fingerprint|public|primary|cache|image|build|revision|idempotency|etcd|run|session replay)\b[^\n]{0,20}$/
const reach = 48
const shortest = 20
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Tokens drawn at random that a sentence calls a key, token or secret. */
export const mentionedSecret: Detector = {
  triggers: ['code', 'short-code'],
  detect(scan, start) {
    if ( /[\w+/=.-]/.test(scan.text.charAt(start - 1))) return
    token.lastIndex = start
    const match = token.exec(scan.text)?.[0].replace(/[-_~/]+$/, '')
    if (!match || match.length < shortest) return
    const end = start + match.length
    if (!scan.hasLabel('secret', start, reach) && !mentionAfter.test(scan.after(end, 40))) return
    if (isOpaque(match) && isMentioned(scan, start, end)) scan.report('API_KEY', start, end, 'context')
  },
}

function isMentioned(scan: Scan, start: number, end: number): boolean {
  const before = scan.before(start, 48)
  if (mentionOfHash.test(before)) return false
  return mention.test(before) || mentionAfter.test(scan.after(end, 40))
}

/** One long piece in which letters and digits change often; names of models and files do not. */
function isOpaque(text: string): boolean {
  if (uuid.test(text) || !looksRandom(text, shortest)) return false
  if (/^[A-Za-z0-9+/]{40}$/.test(text)) return characterClasses(text) === 3
  const pieces = text.split(/[-_./]/).toSorted((a, b) => b.length - a.length)
  const longest = pieces[0] ?? ''
  return longest.length >= 16 && (longest.match(/[a-z](?=\d)|\d(?=[a-z])/gi)?.length ?? 0) >= 4
}
