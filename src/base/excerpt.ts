/**
 * The beginning of a text of others, at most `limit` characters. What is shown of it is sanitised later,
 * and half a key or a card number is recognised by nobody: so a text that is too long ends after a word
 * that is of letters alone, before anything that the cut could have severed.
 */
export function excerpt(text: string, limit: number): string {
  if (text.length <= limit) return text
  let end = limit
  while (end > 0) {
    const start = startOfToken(text, end)
    // The first token may go on behind the limit.
    if (end < limit && isPlainWord(text.slice(start, end))) return `${text.slice(0, end)}…`
    end = Math.max(0, start - 1)
  }
  return ''
}

function startOfToken(text: string, end: number): number {
  let start = end
  while (start > 0 && !boundary.test(text.charAt(start - 1))) start--
  return start
}

const boundary = /[\s"'{}[\]()<>,:;=]/

const isPlainWord = (token: string) => /^\p{L}{2,40}[.!?]?$/u.test(token)
