/** A turn up to this many characters is one passage. */
const wholeLength = 900
/** A longer turn is cut into passages of about this many, some 150 tokens of English. */
const passageLength = 600
/** What lies beyond this many passages of one turn is not indexed; it stays in the log. */
const mostPassages = 64

/**
 * Cuts a long text at the ends of sentences or lines, so that a search finds the paragraph and not
 * the whole answer it stands in. Together the passages are the text, byte for byte, up to the limit.
 */
export function passagesOf(text: string): readonly string[] {
  if (text.length <= wholeLength) return [text]
  const passages: string[] = []
  for (let start = 0; start < text.length && passages.length < mostPassages; ) {
    const end = text.length - start <= wholeLength ? text.length : start + cutOf(text, start)
    passages.push(text.slice(start, end))
    start = end
  }
  return passages
}

/** Where the passage that begins at `start` ends: after a line, a sentence, a word, or anywhere. */
function cutOf(text: string, start: number): number {
  const reach = text.slice(start, start + wholeLength)
  for (const boundary of [/\n+/g, /[.!?。！？][)"'”]*\s*/g, /\s+/g]) {
    for (const match of reach.matchAll(boundary)) {
      const end = match.index + match[0].length
      if (end >= passageLength) return end
    }
  }
  const last = text.charCodeAt(start + passageLength - 1)
  return last >= 0xd800 && last < 0xdc00 ? passageLength - 1 : passageLength
}
