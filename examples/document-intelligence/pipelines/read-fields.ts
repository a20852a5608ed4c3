import { definePipeline, type Model } from 'holdfast'
import { z } from 'zod'
import { cutIntoChunks } from '../documents/chunks.ts'
import type { Library } from '../documents/library.ts'
import { chooseChunks } from '../documents/search.ts'
import { judgeClaim } from '../evidence/judge-field.ts'
import { mergeClaims } from '../evidence/merge-claims.ts'
import { chunkBudget, quoteDocument, readingPolicy, readingRules } from './document-prompt.ts'
import { askForFields, fieldList, fieldResult, templates } from './fields.ts'
import { report, reportOn, reportWithout } from './report.ts'
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
    ...chunkBudget,
    async run({ input: { documentId, fields }, step, answer }) {
      const opened = await step('open the file', () => library.open(documentId))
      const pages = opened.pages === 0 ? [] : await library.pages(documentId)
      const wanted = fields.map(({ name, hint }) => `${name} ${hint}`).join(' ')
      const { read, left } = chooseChunks(cutIntoChunks(pages), wanted, tokenBudget)
      const { output, nothing, claimOf } = askForFields(fields)
      const run = await runChunks(read, (chunk) =>
        step(`read pages ${chunk.from}–${chunk.to} (${chunk.number})`, async () => {
          const user = `Find the fields.\n\n${quoteDocument(chunk.text)}`
          const answered = await answer({ output, system, user, canned: () => nothing })
          return answered.source === 'canned'
            ? { unreadBecause: answered.reason.code }
            : { result: answered.value }
        }),
      )
      const honest = reportOn(opened, run, left)
      const isWhole = honest.unread.length === 0 && !honest.problem
      const judged = fields.map((field) => {
        const claims = run.results.flatMap(({ chunk, result }) => {
          const claim = claimOf(result, field)
          const around = pages.filter(({ number }) => number >= chunk.from && number <= chunk.to)
          return claim ? [{ claim, judgement: judgeClaim(field, claim, around) }] : []
        })
        return mergeClaims(field, claims, isWhole)
      })
      return { fields: judged, report: honest }
    },
    canned: ({ input: { fields }, reason }) => ({
      fields: fields.map(({ name, type }) => ({ name, type, status: 'unread' as const })),
      report: reportWithout(reason.code),
    }),
    samples: [
      {
        documentId: '0b8f4f5e-7c7e-4c58-9d8a-8b7f8f5f1c11',
        fields: [...(templates.invoice ?? [])],
      },
    ],
  })
}
