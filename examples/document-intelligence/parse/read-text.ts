import { cutIntoPages } from './cut-into-pages.ts'
import { DocumentError, type Reading } from './page.ts'

/** Plain text in the encodings that text comes in. */
export async function* readText(bytes: Buffer): AsyncGenerator<Reading> {
  yield* cutIntoPages(decodeText(bytes))
}

/** Markdown as its reader sees it: without the marks, and with tabs between the cells of tables. */
export async function* readMarkdown(bytes: Buffer): AsyncGenerator<Reading> {
  const lines = decodeText(bytes).split(/\r?\n/)
  yield* cutIntoPages(
    lines
      .filter((line) => !/^\s*\|?\s*:?-{3,}:?\s*(\|\s*:?-{3,}:?\s*)*\|?\s*$/.test(line))
      .map(plainLine)
      .join('\n'),
  )
}

function plainLine(line: string): string {
  const row = /^\s*\|(.+)\|\s*$/.exec(line)?.[1]
  const text =
    row === undefined
      ? line
      : row
          .split('|')
          .map((cell) => cell.trim())
          .join('\t')
  return text
    .replace(/^\s{0,3}(#{1,6}|>)\s+/, '')
    .replaceAll(/(\*\*|__)(?=\S)(.{1,500}?)(?<=\S)\1/g, '$2')
    .replaceAll(/`([^`]{1,500})`/g, '$1')
    .replaceAll(/!?\[([^\]]{0,500})\]\([^)\s]{0,2000}\)/g, '$1')
}

/**
 * UTF-8 or what a byte order mark says; what is no UTF-8 is read as Windows-1252, as browsers do.
 *
 * @throws DocumentError `corrupt` for bytes that are no text.
 */
export function decodeText(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex')
  if (mark === 'fffe') return new TextDecoder('utf-16le').decode(bytes)
  if (mark === 'feff') return new TextDecoder('utf-16be').decode(bytes)
  if (bytes.includes(0)) {
    throw new DocumentError('corrupt', 'The file calls itself text but holds bytes that are none.')
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
