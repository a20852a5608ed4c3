import { DocumentError, type Page } from './page.ts'

/** About as much as stands on a printed page. */
const pageLength = 3_000
/** Some 3,000 pages. */
const mostCharacters = 10_000_000

/**
 * Cuts text without pages into pieces of about a page, between paragraphs where there are some and
 * between lines where not. A form feed is the end of a page.
 */
export function* cutIntoPages(text: string): Generator<Page> {
  if (text.length > mostCharacters) {
    throw new DocumentError(
      'too-large',
      `The document has ${text.length} characters; at most ${mostCharacters / 1_000_000} million are read.`,
    )
  }
  let number = 1
  for (const printed of text.replaceAll('\r\n', '\n').split('\f')) {
    for (let rest = printed; rest.trim() !== ''; ) {
      const end = endOfPage(rest)
      yield { number: number++, text: rest.slice(0, end).trimEnd(), boxes: [] }
      rest = rest.slice(end).replace(/^\n+/, '')
    }
  }
}

function endOfPage(text: string): number {
  if (text.length <= pageLength * 1.2) return text.length
  const head = text.slice(0, pageLength)
  for (const seam of ['\n\n', '\n', ' ']) {
    const at = head.lastIndexOf(seam)
    if (at > pageLength / 2) return at + seam.length
  }
  return pageLength
}
