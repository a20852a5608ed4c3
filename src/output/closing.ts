import {
  hasNewline,
  isDigit,
  isNewline,
  isOpener,
  isQuote,
  isWord,
  skipSpace,
} from './characters.ts'
import { type Follow, followOf, type KnownKeys, keyAhead, quotedKeyAhead } from './lookahead.ts'
import { skipTrivia } from './trivia.ts'

/**
 * Whether a quote closes its string or is a character of it.
 *
 * A quote that closes is followed by what the grammar wants there. How well the characters behind it
 * fit is the evidence; the decision, which also weighs the quotes seen before, is `read-string.ts`'s.
 */

/** What a string is, and the brackets around it, the innermost last. */
export interface StringPlace {
  readonly role: 'key' | 'value' | 'item'
  readonly brackets: readonly number[]
  readonly known: KnownKeys
  /** The document quotes its keys twice, `""key""`, and so perhaps its values. */
  readonly doubledQuotes?: boolean
}

export type Evidence = 'strong' | 'weak' | 'none'

const horizon = 160
const brace = 0x7b
const bracket = 0x5b

/** How well the characters from `after` fit a string that ends just before them. */
export function closingEvidence(text: string, after: number, place: StringPlace): Evidence {
  const limit = Math.min(text.length, after + horizon)
  const at = skipTrivia(text, after, limit)
  if (at >= text.length) return 'strong'
  const code = text.charCodeAt(at)
  switch (code) {
    case 0x7d:
    case 0x5d:
    case 0x29:
      return closerEvidence(text, at, place)
    case 0x2c:
    case 0x3b:
      return commaEvidence(text, at + 1, place)
    case 0x2b:
      return isQuote(text.charCodeAt(skipSpace(text, at + 1))) ? 'strong' : 'none'
    case 0x60:
      return text.startsWith('```', at) ? 'weak' : 'none'
    default:
      return tokenEvidence(text, after, at, place)
  }
}

/** A quote before a closing bracket: strong if the document can go on behind that bracket. */
function closerEvidence(text: string, at: number, place: StringPlace): Evidence {
  const own = place.brackets.at(-1)
  const parent = place.brackets.at(-2)
  const code = text.charCodeAt(at)
  if (closerOf(own) === code) {
    return continues(followOf(text, at + 1, place.known), parent) ? 'strong' : 'weak'
  }
  if (own === bracket) return code === 0x7d ? 'weak' : 'none'
  return closerOf(parent) === code ? 'weak' : 'none'
}

/** Whether a document can go on like this after a bracket closed inside `parent`. */
export function continues(follow: Follow, parent: number | undefined): boolean {
  if (follow === 'end' || follow === 'closer') return true
  if (parent === undefined) return follow === 'fence'
  if (parent === brace) return follow === 'comma-key' || follow === 'key'
  return follow === 'comma-value'
}

function commaEvidence(text: string, position: number, place: StringPlace): Evidence {
  const at = skipTrivia(text, position, Math.min(text.length, position + horizon))
  if (at >= text.length) return 'strong'
  const code = text.charCodeAt(at)
  if (code === closerOf(place.brackets.at(-1))) return closerEvidence(text, at, place)
  if (place.role === 'value') {
    const key = keyAhead(text, at, place.known)
    return key === undefined || (!key.known && !key.quoted) ? 'weak' : 'strong'
  }
  if (isQuote(code) || isOpener(code) || isDigit(code) || code === 0x2d) return 'strong'
  return 'weak'
}

/** A quote before a token without a comma between: the comma, or the colon, was left out. */
function tokenEvidence(text: string, after: number, at: number, place: StringPlace): Evidence {
  const code = text.charCodeAt(at)
  if (place.role === 'key') return code === 0x3a ? 'strong' : 'none'
  if (place.role === 'item') {
    if (code === 0x3a) return 'weak'
    if (isOpener(code)) return code === 0x28 ? 'none' : 'weak'
    const isToken = isQuote(code) || isDigit(code) || code === 0x2d
    return isToken && (at > after || isQuote(code)) ? 'weak' : 'none'
  }
  if (isQuote(code)) return quotedKeyAhead(text, at, place.known) ? 'strong' : 'none'
  const key = isWord(code) && at > after ? keyAhead(text, at, place.known) : undefined
  if (key === undefined) return 'none'
  if (key.known) return 'strong'
  return isNewline(text.charCodeAt(at - 1)) || hasNewline(text, after, at) ? 'strong' : 'none'
}

export function closerOf(open: number | undefined): number {
  return open === brace ? 0x7d : open === bracket ? 0x5d : open === 0x28 ? 0x29 : -1
}
