import { definePipeline, type Model } from 'holdfast'
import { z } from 'zod'
import { cutIntoChunks, estimateTokens } from '../documents/chunks.ts'
import type { Library } from '../documents/library.ts'
import { chooseChunks } from '../documents/search.ts'
import type { Page } from '../parse/page.ts'
import { chunkBudget, quoteDocument, readingPolicy, readingRules } from './document-prompt.ts'
import { report, reportOn, reportWithout } from './report.ts'
import { runChunks } from './run-chunks.ts'
import { type Statement, statement, supportStatement } from './statements.ts'

/** What all calls for one document may take together, in tokens of input. */
const tokenBudget = 120_000
/** Points are merged as long as they do not fit one call. */
const mergeTokens = 2_500
const mostPoints = 6

const system = `You summarise documents. Give the points that matter most to somebody who has not read the document, each in one sentence, with the words of the text it rests on.
${readingRules}`

const points = z.object({
  points: z
    .array(
      z.object({
        text: z.string().describe('One sentence'),
        quote: z.string().min(2).describe('The words it rests on, copied word for word'),
      }),
    )
    .max(mostPoints),
})

/**
 * A summary by map and reduce: points of each chunk, then points of those points until one call holds
 * them. At each round a point that its document does not support is dropped.
 */
export function createSummarise(library: Library, models?: readonly Model[]) {
  return definePipeline({
    name: 'summarise',
    input: z.object({ documentId: z.uuid() }),
    output: z.object({ points: z.array(statement), dropped: z.number(), report }),
    ...(models && { models }),
    deadlineMs: 600_000,
    jobDeadlineMs: 900_000,
    temperature: 0,
    policy: readingPolicy,
    ...chunkBudget,
    async run({ input: { documentId }, step, answer }) {
      const opened = await step('open the file', () => library.open(documentId))
      const pages = opened.pages === 0 ? [] : await library.pages(documentId)
      const { read, left } = chooseChunks(cutIntoChunks(pages), '', tokenBudget)
      const summarise = (name: string, text: string) =>
        step(name, async () => {
          const user = `Summarise this.\n\n${quoteDocument(text)}`
          const answered = await answer({
            output: points,
            system,
            user,
            canned: () => ({ points: [] }),
          })
          return answered.source === 'canned'
            ? { unreadBecause: answered.reason.code }
            : { result: answered.value }
        })
      const mapped = await runChunks(read, (chunk) =>
        summarise(`read pages ${chunk.from}–${chunk.to} (${chunk.number})`, chunk.text),
      )
      let claims = mapped.results.flatMap(({ result }) => result.points)
      let supported = support(claims, documentId, pages)
      let dropped = claims.length - supported.length
      for (let round = 1; supported.length > mostPoints; round++) {
        const merged: typeof claims = []
        for (const [at, group] of groupByTokens(supported).entries()) {
          const text = group.map(({ quote }) => quote).join('\n\n')
          const merge = await summarise(`merge ${round}.${at + 1}`, text)
          // Points that no model has merged are points all the same.
          merged.push(...('result' in merge ? merge.result.points : group))
        }
        claims = merged
        const kept = support(claims, documentId, pages)
        dropped += claims.length - kept.length
        // A model that merges nothing would go on for ever.
        supported = kept.length < supported.length ? kept : kept.slice(0, mostPoints)
      }
      return {
        points: supported,
        dropped,
        report: reportOn(opened, mapped, left),
      }
    },
    canned: ({ reason }) => ({
      points: [],
      dropped: 0,
      report: reportWithout(reason.code),
    }),
    samples: [{ documentId: '0b8f4f5e-7c7e-4c58-9d8a-8b7f8f5f1c11' }],
  })
}

function support(
  claims: readonly { text: string; quote: string }[],
  documentId: string,
  pages: readonly Page[],
): Statement[] {
  const found = claims.flatMap((claim) => supportStatement(claim, documentId, pages) ?? [])
  const places = new Map(found.map((each) => [`${each.page}:${each.start}`, each]))
  return [...places.values()].toSorted(
    (one, other) => one.page - other.page || one.start - other.start,
  )
}

function groupByTokens(statements: readonly Statement[]): Statement[][] {
  const groups: Statement[][] = [[]]
  let tokens = 0
  for (const each of statements) {
    const more = estimateTokens(each.quote)
    if (tokens + more > mergeTokens && groups.at(-1)?.length) {
      groups.push([])
      tokens = 0
    }
    groups.at(-1)?.push(each)
    tokens += more
  }
  return groups
}
