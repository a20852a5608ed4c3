import { isHoldfastError } from 'holdfast'
import type { Chunk } from '../documents/chunks.ts'
import { createGate } from '../documents/gate.ts'
import type { Unread } from '../parse/page.ts'

/** Chunks that are before a model at the same time. */
const mostAtOnce = 4

export interface ChunkRun<Result> {
  readonly results: readonly { readonly chunk: Chunk; readonly result: Result }[]
  /** Pages that no model could read. */
  readonly unread: readonly Unread[]
}

/**
 * Asks about each chunk. A chunk for which no model answers is left out and named: the others still
 * count. Where no chunk was answered there is nothing to report on, and the failure goes on.
 */
export async function runChunks<Result>(
  chunks: readonly Chunk[],
  ask: (chunk: Chunk) => Promise<Result>,
): Promise<ChunkRun<Result>> {
  const gate = createGate(mostAtOnce)
  const results: { chunk: Chunk; result: Result }[] = []
  const unread: Unread[] = []
  let failure: unknown
  await Promise.all(
    chunks.map((chunk) =>
      gate(async () => {
        try {
          results.push({ chunk, result: await ask(chunk) })
        } catch (error) {
          if (!isHoldfastError(error) || error.code !== 'NO_ANSWER') throw error
          failure = error
          unread.push({ from: chunk.from, to: chunk.to, why: 'no model answered' })
        }
      }),
    ),
  )
  if (results.length === 0 && failure !== undefined) throw failure
  results.sort((one, other) => one.chunk.number - other.chunk.number)
  return { results, unread: unread.toSorted((one, other) => one.from - other.from) }
}
