import { z } from 'zod'
import { findQuote, paragraphAround } from '../evidence/find-quote.ts'
import { givesOrders } from '../evidence/gives-orders.ts'
import { statementFollows } from '../evidence/statement-follows.ts'
import type { Page } from '../parse/page.ts'

/** A sentence with the place that it rests on. */
export const statement = z.object({
  text: z.string(),
  quote: z.string(),
  documentId: z.string(),
  page: z.number(),
  start: z.number(),
  end: z.number(),
})
export type Statement = z.infer<typeof statement>

/** A sentence as a model gives it. */
export interface StatementClaim {
  readonly text: string
  readonly quote: string
}

/** The sentence with its place, or undefined where the document does not support it. */
export function supportStatement(
  { text, quote }: StatementClaim,
  documentId: string,
  pages: readonly Page[],
): Statement | undefined {
  const place = findQuote(quote, pages)
  const page = pages.find(({ number }) => number === place?.page)
  if (!place || !page) return undefined
  const said = page.text.slice(place.start, place.end)
  const isSupported =
    statementFollows(text, said) && !givesOrders(paragraphAround(page.text, place))
  return isSupported ? { text, quote: said, documentId, ...place } : undefined
}
