import type { HoldfastParts } from 'holdfast'

/**
 * Deletes what was made of a document: its fields, its summaries and the answers that were asked of it,
 * with their events and checkpoints. Traces, which are sanitised, go with their age.
 */
export async function forgetDocument(
  { answers, pipelines }: Pick<HoldfastParts, 'answers' | 'pipelines'>,
  documentId: string,
): Promise<void> {
  for (const pipeline of pipelines.keys()) {
    const records = await answers.list({ pipeline, limit: everything })
    for (const { id, input } of records) {
      // The id of a document is random, so it stands in an input only where it is meant.
      if (JSON.stringify(input).includes(documentId)) await answers.delete(id)
    }
  }
}

/** More than a folder of documents is ever asked. */
const everything = 100_000
