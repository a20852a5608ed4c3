import { classOf, digit, letter } from '../character-class.ts'
import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { type KeyMeaning, keyMeaning } from '../sensitive-keys.ts'
import { characterClasses, looksRandom } from '../validators/entropy.ts'
import { type AssignedValue, isPlaceholder, readValue } from './assigned-value.ts'

const longestKey = 40
const quotes = '"\'`'
const twoWords = /(?:[\p{L}\p{N}_-]{1,16} ){1,2}$/u
/** Last words of labels that mean something only with the words before them. */
const phraseEnd = /^(?:passe|phrase|code|string|url|access|khẩu|khau|πρόσβασης)$/i
const lead = />?(?:[ \t"']{0,3}(?:bearer|basic|token|digest|apikey|bot|aws4-hmac-sha256) +)?/iy

/** Values of keys that name a secret: `DB_PASSWORD=…`, `"apiKey": "…"`, `passwort: …`, `?sig=…`. */
export const assignedSecret: Detector = {
  triggers: [':', '='],
  detect(scan, sign) {
    if (isOperator(scan.text, sign) || sign < scan.reportedValueEnd) return
    const key = keyBefore(scan, sign)
    if (!key) return
    const { meaning } = key
    const value = readValue(scan, valueStart(scan, sign), key.isQuoted)
    if (!value || value.text.length < (meaning.kind === 'PASSWORD' ? 3 : 6)) return
    if (isAddress(value.text) || isPlaceholder(value) || !fits(scan, key, value)) return
    const inQuery = isQuery(scan.text, key.start)
    scan.reportedValueEnd = value.end
    scan.report(inQuery ? 'URL_CREDENTIAL' : meaning.kind, value.start, value.end, 'context')
  },
}

/** `==`, `!=`, `<=`, `::`, `://` compare, qualify and locate; they do not assign. */
function isOperator(text: string, sign: number): boolean {
  const previous = text[sign - 1] ?? ''
  const next = text[sign + 1] ?? ''
  if (text[sign] === ':') return next === ':' || next === '=' || next === '/' || previous === ':'
  return next === '=' || (previous !== '' && '=!<>~+*/%&|^'.includes(previous))
}

interface Key {
  readonly meaning: KeyMeaning
  readonly start: number
  /** True for a key of JSON, whose bare values end at a bracket. */
  readonly isQuoted: boolean
}

/** What the name to the left of the sign means, and where it starts. */
function keyBefore(scan: Scan, sign: number): Key | undefined {
  const text = scan.text
  let end = sign
  while (end > 0 && sign - end < 3 && ' ?]'.includes(text.charAt(end - 1))) end--
  if ('"\'`'.includes(text.charAt(end - 1))) end--
  let start = end
  while (start > 0 && end - start < longestKey && isNameCharacter(text.charCodeAt(start - 1)))
    start--
  const name = text.slice(start, end)
  const meaning = name === '' ? undefined : keyMeaning(name)
  const isQuoted = quotes.includes(text.charAt(start - 1) || ' ')
  if (meaning?.certain || text[start - 1] !== ' ') return meaning && { meaning, start, isQuoted }
  if (!meaning && !phraseEnd.test(name)) return undefined
  const wider = keyMeaning(precedingWords(text, start) + name) ?? meaning
  return wider && { meaning: wider, start, isQuoted }
}

/** `mot de passe` and `secret access key` are labels of several words; the meaning is at their end. */
function precedingWords(text: string, start: number): string {
  return twoWords.exec(text.slice(Math.max(0, start - 26), start))?.[0] ?? ''
}

function isNameCharacter(code: number): boolean {
  const kind = classOf(code)
  return kind === letter || kind === digit || code === 0x5f || code === 0x2d || code >= 0x3040
}

/** Skips the rest of `=>`, and the scheme of an authorization header. */
function valueStart(scan: Scan, sign: number): number {
  lead.lastIndex = sign + 1
  return sign + 1 + (lead.exec(scan.text)?.[0].length ?? 0)
}

/** In a web address only the secret part goes, which other detectors find; a hook is secret as a whole. */
function isAddress(text: string): boolean {
  return text.includes('://') && !text.includes('hook')
}

function fits(scan: Scan, { meaning, start }: Key, value: AssignedValue): boolean {
  if (meaning.kind === 'PASSWORD') {
    return fitsPassword(scan, value) || isVariable(scan.text.slice(start, value.start))
  }
  if (/\s/.test(value.text.trim())) return false
  if (!meaning.certain)
    return looksRandom(value.text, value.quoted && characterClasses(value.text) === 3 ? 12 : 16)
  if (value.quoted) return value.text.length >= 6 && /[^\d.,]/.test(value.text)
  return value.text.length >= 8 && characterClasses(value.text) >= 2 && /\d/.test(value.text)
}

/** `PGPASSWORD=tiger psql`: nobody writes prose like that. */
function isVariable(assignment: string): boolean {
  return /^[A-Z][A-Z0-9_]+=$/.test(assignment)
}

/** A bare word after a colon may be prose: it has to end the line or contain more than letters. */
function fitsPassword(scan: Scan, value: AssignedValue): boolean {
  if (value.quoted) return true
  if (/[\d\W_]/.test(value.text.replace(/[-']/g, ''))) return value.text.length >= 4
  const after = scan.text.slice(value.end, value.end + 2)
  return value.text.length >= 4 && !/^[ ]\S|^\(/.test(after)
}

/** A pair of a URL's query is masked alone so that the rest of the URL stays readable. */
function isQuery(text: string, keyStart: number): boolean {
  return text[keyStart - 1] === '?' || text[keyStart - 1] === '&'
}
