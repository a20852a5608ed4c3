import { z } from 'zod'
import type { Chunk } from '../documents/chunks.ts'
import type { ReadDocument } from '../documents/library.ts'
import type { ChunkRun } from './run-chunks.ts'

const unread = z.object({ from: z.number(), to: z.number(), why: z.string() })

/** What an answer about a document rests on, and what it does not. */
export const report = z.object({
  pages: z.number(),
  unread: z.array(unread),
  /** Why nothing of it could be read. */
  problem: z.object({ code: z.string(), message: z.string() }).optional(),
})
export type Report = z.infer<typeof report>

/** The report on a document, of which some chunks were put before a model and others were left. */
export function reportOn(
  { pages, unread, problem }: ReadDocument,
  run: ChunkRun<unknown>,
  left: readonly Chunk[],
): Report {
  const why = 'beyond the token budget'
  const notRead = [...unread, ...run.unread, ...left.map(({ from, to }) => ({ from, to, why }))]
  const base = { pages, unread: notRead.toSorted((one, other) => one.from - other.from) }
  if (problem) return { ...base, problem: { ...problem } }
  const nothing = run.unread.length > 0 && run.results.length === 0
  return nothing ? { ...base, problem: unreadNow('no model answered') } : base
}

/** The file may be fine, and nothing of it is known. */
function unreadNow(reason: string): NonNullable<Report['problem']> {
  const message = `The document could not be read now: ${reason}. Nothing was made up instead; try again later.`
  return { code: 'no-answer', message }
}

/** The report of the canned answers. */
export const reportWithout = (reason: string): Report => ({
  pages: 0,
  unread: [],
  problem: unreadNow(reason),
})
