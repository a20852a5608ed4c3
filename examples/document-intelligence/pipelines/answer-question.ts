import { definePipeline, type Model } from 'holdfast'
import { z } from 'zod'
import type { DocumentFacts, Library } from '../documents/library.ts'
import { findPassages, type Passage, passagesOf } from '../documents/search.ts'
import { quoteDocument, readingPolicy, readingRules } from './document-prompt.ts'
import { type Statement, statement, supportStatement } from './statements.ts'

/** Of the passages that an answer is taken from. */
const passageTokens = 2_500

const system = `You answer questions from passages of documents, in one to three sentences. With each sentence name the number of its passage and copy the words it rests on. Where the passages do not answer the question, give no sentences.
${readingRules}`

const answer = z.object({
  sentences: z
    .array(
      z.object({
        text: z.string(),
        source: z.int().min(1).describe('The number of the passage'),
        quote: z.string().min(2).describe('The words of the passage, copied word for word'),
      }),
    )
    .max(3),
})

/** An answer out of one or many documents, each sentence with the place that it was taken from. */
export function createAnswerQuestion(library: Library, models?: readonly Model[]) {
  return definePipeline({
    name: 'answer-question',
    input: z.object({
      question: z.string().trim().min(3).max(500),
      documentIds: z.array(z.uuid()).min(1).max(200),
    }),
    output: z.object({
      sentences: z.array(statement),
      /** Sentences of a model that no passage supports. */
      dropped: z.number(),
      /** Documents that could not be read, by name. */
      unread: z.array(z.string()),
      /** Whether a model has answered; what it did not know the documents do not say. */
      isAnswered: z.boolean(),
    }),
    ...(models && { models }),
    deadlineMs: 60_000,
    jobDeadlineMs: 180_000,
    temperature: 0,
    policy: readingPolicy,
    async run({ input: { question, documentIds }, step, ask }) {
      const documents = await step('open the files', () =>
        Promise.all(documentIds.map((id) => library.open(id))),
      )
      const passages = await step('find passages', () => retrieve(library, question, documents))
      const unread = documents.filter(({ problem }) => problem).map(({ name }) => name)
      if (passages.length === 0) return { sentences: [], dropped: 0, unread, isAnswered: true }
      const text = passages
        .map(
          ({ documentName, page, text }, at) =>
            `[${at + 1}] ${documentName}, page ${page}\n${text}`,
        )
        .join('\n\n')
      const { sentences } = await step('answer', () =>
        ask({ output: answer, system, user: `Question: ${question}\n\n${quoteDocument(text)}` }),
      )
      const supported: Statement[] = []
      for (const { source, ...claim } of sentences) {
        const passage = passages[source - 1]
        if (!passage) continue
        const { documentId, page } = passage
        const pages = await library.pages(documentId, page, page)
        const found = supportStatement(claim, documentId, pages)
        if (found) supported.push(found)
      }
      const dropped = sentences.length - supported.length
      return { sentences: supported, dropped, unread, isAnswered: true }
    },
    canned: () => ({ sentences: [], dropped: 0, unread: [], isAnswered: false }),
    samples: [{ question: 'What is due?', documentIds: ['0b8f4f5e-7c7e-4c58-9d8a-8b7f8f5f1c11'] }],
  })
}

async function retrieve(
  library: Library,
  question: string,
  documents: readonly DocumentFacts[],
): Promise<Passage[]> {
  const passages: Passage[] = []
  for (const document of documents) {
    if (document.isRead && document.pages > 0) {
      passages.push(...passagesOf(document, await library.pages(document.id)))
    }
  }
  return findPassages(question, passages, passageTokens)
}
