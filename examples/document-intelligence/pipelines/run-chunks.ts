import type { Chunk } from '../documents/chunks.ts'
import { createGate } from '../documents/gate.ts'
import type { Unread } from '../parse/page.ts'

/** Chunks that are before a model at the same time. */
const mostAtOnce = 4

/** What a step found in a chunk, or why no model has read it. */
export type ChunkAnswer<Result> =
  | { readonly result: Result }
  /** A reason as the library names them, such as `budget` or `server-error`. */
  | { readonly unreadBecause: string }

export interface ChunkRun<Result> {
  readonly results: readonly { readonly chunk: Chunk; readonly result: Result }[]
  readonly unread: readonly Unread[]
}

/** Asks about each chunk. One that no model has read is named with its pages; the others still count. */
export async function runChunks<Result>(
  chunks: readonly Chunk[],
  ask: (chunk: Chunk) => Promise<ChunkAnswer<Result>>,
): Promise<ChunkRun<Result>> {
  const gate = createGate(mostAtOnce)
  const answers = await Promise.all(
    chunks.map((chunk) => gate(async () => ({ chunk, answer: await ask(chunk) }))),
  )
  return {
    results: answers.flatMap(({ chunk, answer }) =>
      'result' in answer ? [{ chunk, result: answer.result }] : [],
    ),
    unread: answers.flatMap(({ chunk: { from, to }, answer }) =>
      'result' in answer ? [] : [{ from, to, why: wordsFor(answer.unreadBecause) }],
    ),
  }
}

const wordsFor = (reason: string): string =>
  reason === 'budget' ? 'beyond the token budget' : `no model answered (${reason})`
