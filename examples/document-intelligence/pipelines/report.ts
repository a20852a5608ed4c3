import { z } from 'zod'
import type { DocumentFacts } from '../documents/library.ts'
import type { Problem, Unread } from '../parse/page.ts'

const unread = z.object({ from: z.number(), to: z.number(), why: z.string() })

/** What an answer about a document rests on, and what it does not. */
export const report = z.object({
  pages: z.number(),
  unread: z.array(unread),
  /** Why the file could not be read. */
  problem: z.object({ code: z.string(), message: z.string() }).optional(),
})
export type Report = z.infer<typeof report>

export function reportOn(
  { pages, unread, problem }: Extract<DocumentFacts, { isRead: true }>,
  more: readonly Unread[] = [],
): Report {
  return {
    pages,
    unread: [...unread, ...more],
    ...(problem && { problem: { ...(problem as Problem) } }),
  }
}

/** What the canned answers say: the file may be fine, and nothing of it is known. */
export const unreadNow = (reason: string): string =>
  `The document could not be read now (${reason}). Nothing was made up instead; try again later.`

export const emptyReport: Report = { pages: 0, unread: [] }
