import { closesQuote, isCloser, isNewline, isQuote, isWord } from './characters.ts'
import { skipTrivia } from './trivia.ts'

/**
 * Short looks at what comes next, so that a quote or a bracket can be told from one that belongs to
 * the text. Every look is bounded, which keeps the parser linear whatever the input.
 */

/** Farther than this no look goes, in characters. Real keys are shorter. */
const horizon = 160

/** The names of the properties that the schema knows, in any case and with any separators. */
export interface KnownKeys {
  has(key: string): boolean
  /** Lists stand in lists, so that one bracket more or less is another value. */
  readonly nestsLists: boolean
}

/** A key and its colon, as they were seen ahead. */
interface KeyAhead {
  readonly known: boolean
  readonly quoted: boolean
}

/** The key with its colon that starts at or after `position`, if one does. */
export function keyAhead(text: string, position: number, known: KnownKeys): KeyAhead | undefined {
  const limit = Math.min(text.length, position + horizon)
  const at = skipTrivia(text, position, limit)
  const code = text.charCodeAt(at)
  if (isQuote(code)) return quotedKeyAhead(text, at, known)
  if (!isWord(code)) return undefined
  let end = at + 1
  while (end < limit && isKeyPart(text.charCodeAt(end))) end++
  const key = text.slice(at, end)
  const colon = skipTrivia(text, end, limit)
  if (text.charCodeAt(colon) !== 0x3a || text.startsWith('://', colon)) return undefined
  return { known: known.has(key), quoted: false }
}

/** The quoted key with its colon whose opening quote stands at `at`. */
export function quotedKeyAhead(text: string, at: number, known: KnownKeys): KeyAhead | undefined {
  const limit = Math.min(text.length, at + horizon)
  const open = text.charCodeAt(at)
  let end = at + 1
  while (end < limit && !closesQuote(open, text.charCodeAt(end))) {
    if (isNewline(text.charCodeAt(end))) return undefined
    end += text.charCodeAt(end) === 0x5c ? 2 : 1
  }
  if (end >= limit || end === at + 1) return undefined
  const colon = skipTrivia(text, end + 1, limit)
  if (text.charCodeAt(colon) !== 0x3a) return undefined
  return { known: known.has(text.slice(at + 1, end)), quoted: true }
}

/** What follows a closing bracket, as far as it decides where the bracket belongs. */
export type Follow = 'end' | 'closer' | 'comma-key' | 'comma-value' | 'key' | 'fence' | 'other'

/** Looks past a bracket that ends just before `position`. */
export function followOf(text: string, position: number, known: KnownKeys): Follow {
  const limit = Math.min(text.length, position + horizon)
  const at = skipTrivia(text, position, limit)
  if (at >= text.length) return 'end'
  const code = text.charCodeAt(at)
  if (isCloser(code)) return 'closer'
  if (code === 0x60) return 'fence'
  if (code === 0x2c || code === 0x3b) return afterComma(text, at + 1, known)
  if (isQuote(code) && quotedKeyAhead(text, at, known)) return 'key'
  return 'other'
}

function afterComma(text: string, position: number, known: KnownKeys): Follow {
  const at = skipTrivia(text, position, Math.min(text.length, position + horizon))
  if (at >= text.length) return 'end'
  if (isCloser(text.charCodeAt(at))) return 'closer'
  const key = keyAhead(text, at, known)
  if (key !== undefined && (key.quoted || key.known)) return 'comma-key'
  return 'comma-value'
}

function isKeyPart(code: number): boolean {
  return isWord(code) || code === 0x2d || code === 0x2e || code === 0x24
}
