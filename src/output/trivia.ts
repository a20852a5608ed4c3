import { isNewline, isOpener, isSpace } from './characters.ts'

/** What stands between tokens and carries no data: white space and comments. */

/** The end of the comment that starts at `at`, at most `limit`, or `at` itself where none starts. */
export function commentEnd(text: string, at: number, limit: number = text.length): number {
  const code = text.charCodeAt(at)
  if (code === 0x2f) {
    const next = text.charCodeAt(at + 1)
    if (next === 0x2f) return lineEnd(text, at, limit)
    if (next === 0x2a) return closedBy(text, '*/', at + 2, limit)
    return at
  }
  // A `#` with text right behind it is rather a colour or a tag than a comment.
  if (code === 0x23 && standsAlone(text, at)) return lineEnd(text, at, limit)
  if (code === 0x3c && text.startsWith('<!--', at)) return closedBy(text, '-->', at + 4, limit)
  return at
}

/** Whether the `#` has a gap on both sides, as the sign of a comment has. */
function standsAlone(text: string, at: number): boolean {
  if (!isSpace(text.charCodeAt(at + 1))) return false
  const before = text.charCodeAt(at - 1)
  return at === 0 || isSpace(before) || before === 0x2c || isOpener(before)
}

/** Skips white space and comments up to `limit`; `onComment` is told the span of each comment. */
export function skipTrivia(
  text: string,
  position: number,
  limit: number = text.length,
  onComment?: (start: number, end: number) => void,
): number {
  let at = position
  while (at < limit) {
    if (isSpace(text.charCodeAt(at))) {
      at++
      continue
    }
    const end = commentEnd(text, at, limit)
    if (end === at) break
    onComment?.(at, end)
    at = end
  }
  return at
}

/** Whether a comment says that data was left out, such as `// ... 12 more items`. */
export function saysElided(comment: string): boolean {
  return (
    comment.includes('...') ||
    comment.includes('…') ||
    /\b(?:omitted|elided|truncated|abbreviated|and so on|etc|rest of|(?:more|other|remaining) (?:items?|entries|rows?|records?|elements?|values?|fields?|objects?|results?))\b/i.test(
      comment.length > 400 ? comment.slice(0, 400) : comment,
    )
  )
}

function lineEnd(text: string, position: number, limit: number): number {
  let at = position
  while (at < limit && !isNewline(text.charCodeAt(at))) at++
  return at
}

// `indexOf` knows no limit; a look ahead must not run to the end of a long text again and again.
function closedBy(text: string, closer: string, from: number, limit: number): number {
  const at =
    limit === text.length ? text.indexOf(closer, from) : text.slice(from, limit).indexOf(closer)
  if (at < 0) return limit
  return (limit === text.length ? at : from + at) + closer.length
}
