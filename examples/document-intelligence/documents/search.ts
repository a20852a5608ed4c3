import MiniSearch from 'minisearch'
import type { Page } from '../parse/page.ts'
import type { Chunk } from './chunks.ts'
import { estimateTokens } from './chunks.ts'

/** A few paragraphs of a page. */
export type Passage = {
  readonly documentId: string
  readonly documentName: string
  readonly page: number
  readonly text: string
}

/** Enough for an answer with its surroundings, little enough to rank well. */
const passageLength = 700
const mostPassages = 8

const common = new Set(
  'a an and are as at be by can did do does for from has have how i in is it its of on or that the their there this to was were what when where which who why will with you'.split(
    ' ',
  ),
)

/** Endings are cut, so that `terminate` finds `termination`; BM25 does the rest. */
function termOf(word: string): string | null {
  const term = word.toLowerCase()
  if (common.has(term)) return null
  return term.length > 5 ? term.replace(/(ations?|ating|ates?|ings?|ers?|ed|es|s|e)$/, '') : term
}

/** The passages that speak of a question, best first, as many as the budget of tokens holds. */
export function findPassages(
  question: string,
  passages: readonly Passage[],
  tokenBudget: number,
): Passage[] {
  const found: Passage[] = []
  let tokens = 0
  for (const at of rank(
    passages.map(({ text, documentName }) => `${documentName}\n${text}`),
    question,
  )) {
    const passage = passages[at]
    if (!passage || found.length === mostPassages) break
    tokens += estimateTokens(passage.text)
    if (tokens > tokenBudget && found.length > 0) break
    found.push(passage)
  }
  return found
}

/**
 * Which chunks are read when a budget does not hold all: the first, which says what a document is, and
 * those that speak most of what is looked for. They stay in the order of the document.
 */
export function chooseChunks(
  chunks: readonly Chunk[],
  wanted: string,
  tokenBudget: number,
): { read: Chunk[]; left: Chunk[] } {
  const order = [
    ...new Set([
      0,
      ...rank(
        chunks.map(({ text }) => text),
        wanted,
      ),
      ...chunks.keys(),
    ]),
  ]
  const chosen = new Set<number>()
  let tokens = 0
  for (const at of order) {
    tokens += chunks[at]?.tokens ?? 0
    if (tokens > tokenBudget && chosen.size > 0) break
    chosen.add(at)
  }
  return {
    read: chunks.filter((_chunk, at) => chosen.has(at)),
    left: chunks.filter((_chunk, at) => !chosen.has(at)),
  }
}

function rank(texts: readonly string[], query: string): number[] {
  const index = new MiniSearch<{ id: number; text: string }>({
    fields: ['text'],
    processTerm: termOf,
  })
  index.addAll(texts.map((text, id) => ({ id, text })))
  return index.search(query).map(({ id }) => Number(id))
}

/** Cuts pages into passages at their paragraphs. */
export function passagesOf(
  document: { readonly id: string; readonly name: string },
  pages: readonly Page[],
): Passage[] {
  return pages.flatMap((page) =>
    joinParagraphs(page.text).map((text) => ({
      documentId: document.id,
      documentName: document.name,
      page: page.number,
      text,
    })),
  )
}

function joinParagraphs(text: string): string[] {
  const parts: string[] = []
  for (const paragraph of text.split(/\n\n+/)) {
    const last = parts.at(-1)
    if (last !== undefined && last.length + paragraph.length < passageLength) {
      parts[parts.length - 1] = `${last}\n\n${paragraph}`
    } else if (paragraph.trim() !== '') {
      parts.push(paragraph)
    }
  }
  return parts
}
