/**
 * Chooses, among the summaries of a conversation, the chain that stands for its older turns.
 *
 * Summaries may be a rolling one that grows, leaves side by side, or a tree of both, and a summariser
 * may be behind. Read backwards from the newest turn that is to be covered, each piece ends where the
 * one after it begins and reaches back as far as any; where none ends there, one that overlaps serves.
 * Each step is a seek in an index, so that the cost does not grow with the number of old summaries. The
 * seeks are the database's; what is made of the pieces is here.
 */
import type { Summary } from '../../model/conversation.ts'

/**
 * One summary made of the pieces of a chain, the newest first, each of which covers the turn before
 * the one before it. Its range is what they cover without a hole; undefined where there are none.
 */
export function joinSummaries(newestFirst: Iterable<Summary>): Summary | undefined {
  const chain: Summary[] = []
  for (const earlier of newestFirst) {
    // A piece that reaches over whole later ones says what they say.
    while (chain[0] && chain[0].toSeq <= earlier.toSeq) chain.shift()
    chain.unshift(earlier)
  }
  const [first, ...rest] = chain
  if (!first || rest.length === 0) return first
  return {
    fromSeq: first.fromSeq,
    toSeq: Math.max(...chain.map((piece) => piece.toSeq)),
    text: chain.map((piece) => piece.text).join('\n\n'),
    tokens: {
      // The empty line between two pieces is a token of its own.
      ascii: chain.reduce((sum, piece) => sum + piece.tokens.ascii, rest.length),
      other: chain.reduce((sum, piece) => sum + piece.tokens.other, 0),
    },
    createdAtMs: Math.max(...chain.map((piece) => piece.createdAtMs)),
    writtenBy: [...new Set(chain.map((piece) => piece.writtenBy))].join(', '),
  }
}
