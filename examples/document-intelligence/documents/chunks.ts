import type { Page } from '../parse/page.ts'

/** Some pages of a document, as they are put before a model. */
export interface Chunk {
  /** From 1. */
  readonly number: number
  readonly from: number
  readonly to: number
  /** Each page under a line such as `[Page 3]`. */
  readonly text: string
  readonly tokens: number
}

/** A small part of any model's window, so that what is asked about it is not lost in the middle. */
const chunkTokens = 2_500

/**
 * About how many tokens a text has: four characters each where it is Latin, one and a half elsewhere.
 * Good enough to cut by; what a call really took stands in its answer.
 */
export function estimateTokens(text: string): number {
  const other = text.match(/[^\p{ASCII}\p{Script=Latin}\s]/gu)?.length ?? 0
  return Math.ceil((text.length - other) / 4 + other / 1.5)
}

/** Cuts a document into chunks of whole pages; a page that is longer than a chunk is cut at its lines. */
export function cutIntoChunks(pages: readonly Page[], most = chunkTokens): Chunk[] {
  const chunks: Chunk[] = []
  let open: { from: number; to: number; texts: string[]; tokens: number } | undefined
  const close = (): void => {
    if (!open) return
    const { from, to, texts, tokens } = open
    chunks.push({ number: chunks.length + 1, from, to, text: texts.join('\n\n'), tokens })
    open = undefined
  }
  for (const page of pages) {
    for (const part of cutPage(page.text, most)) {
      const text = `[Page ${page.number}]\n${part}`
      const tokens = estimateTokens(text)
      if (open && open.tokens + tokens > most) close()
      open ??= { from: page.number, to: page.number, texts: [], tokens: 0 }
      open.to = page.number
      open.texts.push(text)
      open.tokens += tokens
    }
  }
  close()
  return chunks
}

function cutPage(text: string, most: number): string[] {
  if (text.trim() === '') return []
  if (estimateTokens(text) <= most) return [text]
  const parts: string[] = []
  let part = ''
  for (const line of text.split('\n').flatMap((each) => cutLine(each, most))) {
    if (part !== '' && estimateTokens(part) + estimateTokens(line) > most) {
      parts.push(part)
      part = ''
    }
    part += part === '' ? line : `\n${line}`
  }
  return [...parts, part]
}

/** A line without end, as a machine writes it, is cut by length. */
function cutLine(line: string, most: number): string[] {
  return line.length <= most ? [line] : (line.match(new RegExp(`.{1,${most}}`, 'gsu')) ?? [])
}
