import { definePipeline, type Model } from 'holdfast'
import { z } from 'zod'
import { cutIntoChunks } from '../documents/chunks.ts'
import type { Library } from '../documents/library.ts'
import { chooseChunks } from '../documents/search.ts'
import { type Claim, judgeClaim } from '../evidence/judge-field.ts'
import { mergeClaims } from '../evidence/merge-claims.ts'
import { quoteDocument, readingPolicy, readingRules } from './document-prompt.ts'
import { claimsSchema, fieldList, fieldResult, templates } from './fields.ts'
import { emptyReport, report, reportOn, unreadNow } from './report.ts'
import { runChunks } from './run-chunks.ts'

/** Of a document, in tokens of input: some 200 printed pages. */
const tokenBudget = 120_000

const system = `You find fields in documents. For each field of the schema give its value and the words it was taken from, or null.
${readingRules}`

/** The fields of one document, each with its place in the document or with the reason why it is not there. */
export function createReadFields(library: Library, models?: readonly Model[]) {
  return definePipeline({
    name: 'read-fields',
    input: z.object({ documentId: z.uuid(), fields: fieldList }),
    output: z.object({ fields: z.array(fieldResult), report }),
    ...(models && { models }),
    deadlineMs: 600_000,
    jobDeadlineMs: 900_000,
    temperature: 0,
    policy: readingPolicy,
    async run({ input: { documentId, fields }, step, ask }) {
      const opened = await step('open the file', () => library.open(documentId))
      const pages = opened.pages === 0 ? [] : await library.pages(documentId)
      const wanted = fields.map(({ name, hint }) => `${name} ${hint}`).join(' ')
      const { read, left } = chooseChunks(cutIntoChunks(pages), wanted, tokenBudget)
      const output = claimsSchema(fields)
      const { results, unread } = await runChunks(read, (chunk) =>
        step(`read pages ${chunk.from}–${chunk.to} (${chunk.number})`, () =>
          ask({ output, system, user: `Find the fields.\n\n${quoteDocument(chunk.text)}` }),
        ),
      )
      const tooMuch = left.map(({ from, to }) => ({ from, to, why: 'beyond the token budget' }))
      const honest = reportOn(opened, [...unread, ...tooMuch])
      const isWhole = honest.unread.length === 0 && !honest.problem
      const judged = fields.map((field) => {
        const claims = results.flatMap(({ chunk, result }) => {
          const claim: Claim | null | undefined = result[field.name]
          const around = pages.filter(({ number }) => number >= chunk.from && number <= chunk.to)
          return claim ? [{ claim, judgement: judgeClaim(field, claim, around) }] : []
        })
        return mergeClaims(field, claims, isWhole)
      })
      return { fields: judged, report: honest }
    },
    canned: ({ input: { fields }, reason }) => ({
      fields: fields.map(({ name, type }) => ({ name, type, status: 'unread' as const })),
      report: {
        ...emptyReport,
        problem: { code: reason.code, message: unreadNow(reason.code) },
      },
    }),
    samples: [
      {
        documentId: '0b8f4f5e-7c7e-4c58-9d8a-8b7f8f5f1c11',
        fields: [...(templates.invoice ?? [])],
      },
    ],
  })
}
