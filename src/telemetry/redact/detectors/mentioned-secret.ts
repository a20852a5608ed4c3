import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { characterClasses, looksRandom } from '../validators/entropy.ts'

/** The token and the sign before it: what follows a slash is part of a path. */
const token = /[A-Za-z0-9_-][A-Za-z0-9_+/=~-]{19,511}/y
const mention =
  /(?:\bkeys?|\bsecrets?|tokens?|credentials?|apikeys?|schlüssel|clave|clé|chave)\b[^\n]{0,24}$/
const mentionAfter = /^["'`)]?,? (?:as|is|for|=|in|to)\b[^\n]{0,16}?(?:key|token|secret|credential)/
const mentionOfHash =
  /\b(?:commit|sha-?\d*|md5|hash|digest|checksum|etag|uuid|guid|trace|span|request|object|blob|integrity|fingerprint|public|primary|cache|image|build|revision|idempotency|etcd|run|session replay)\b[^\n]{0,20}$/
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const reach = 48
const shortest = 20

/** Tokens drawn at random that a sentence calls a key, token or secret. */
export const mentionedSecret: Detector = {
  triggers: ['code', 'short-code'],
  detect(scan, run) {
    const start = withLead(scan.text, run)
    if (/[\w+/=.-]/.test(scan.text.charAt(start - 1))) return
    token.lastIndex = start
    const match = token.exec(scan.text)?.[0].replace(/[-_~/]+$/, '')
    if (!match || match.length < shortest || !isOpaque(match)) return
    const end = start + match.length
    if (isMentioned(scan, start, end)) scan.report('API_KEY', start, end, 'context')
  },
}

/** A key of 64 characters may begin with one that is no letter: `-5OEQHua9BfG8g0k1E0vdHHK`. */
function withLead(text: string, run: number): number {
  const isLead = /[-_]/.test(text.charAt(run - 1)) && /[\s"'`(:=]/.test(text.charAt(run - 2))
  return isLead ? run - 1 : run
}

const named =
  /["'`)]?(?: is| was|:| =|=| →| ->)?[ :="'`]{1,3}([A-Za-z0-9_-][A-Za-z0-9_+/~.-]{15,511}={0,2})(?![\w/:(])/y
const notSecret =
  /(?:public|primary|foreign|sort|partition|cache|idempotency|next|page|max|product|commit|row)[ _-]?$/

/** What follows directly after "key", "token" or "secret"; there also hashes and identifiers count. */
export const namedSecret: Detector = {
  triggers: ['word'],
  words: 'key token secret apikey authtoken credential credentials'.split(' '),
  detect(scan, start, end) {
    named.lastIndex = end
    const match = named.exec(scan.text)
    const value = match?.[1]?.replace(/[-_~/.]+$/, '')
    if (!match || !value || !looksRandom(value) || hasWords(value)) return
    if (notSecret.test(scan.before(start, 16))) return
    const from = end + match[0].length - (match[1]?.length ?? 0)
    scan.report('API_KEY', from, from + value.length, 'context')
  },
}

function isMentioned(scan: Scan, start: number, end: number): boolean {
  if (scan.hasLabel('secret', start, reach)) {
    const before = scan.before(start, reach)
    if (mention.test(before)) return !mentionOfHash.test(before)
  }
  return mentionAfter.test(scan.after(end, 40))
}

/** One long piece in which letters and digits change often; names of models and files do not. */
function isOpaque(text: string): boolean {
  if (uuid.test(text) || !looksRandom(text, shortest)) return false
  if (/^[A-Za-z0-9+/]{40}$/.test(text)) return characterClasses(text) === 3
  return !hasWords(text)
}

/** Of letters and digits drawn at random most are of another class than the one before; of words few. */
function isMixed(text: string): boolean {
  const changes = text.match(/[a-z](?=[A-Z\d])|[A-Z](?=[a-z\d])|\d(?=[A-Za-z])/g)?.length ?? 0
  return characterClasses(text) === 3 && changes > text.length * 0.4
}

/** Pieces between hyphens, dots and slashes that are short or all letters are words and versions. */
function hasWords(text: string): boolean {
  if (uuid.test(text)) return false
  const longest = text
    .split(/[-_./]/)
    .reduce((most, piece) => (piece.length > most.length ? piece : most), '')
  // A hyphen is also one of the 64 characters that keys are drawn from.
  if (longest.length < 14) return !isMixed(text)
  const turns = longest.match(/[a-z](?=\d)|\d(?=[a-z])/gi)?.length ?? 0
  const cases = longest.match(/[a-z](?=[A-Z])|[A-Z](?=[a-z])/g)?.length ?? 0
  return turns < 3 && turns + cases < longest.length * 0.35
}
