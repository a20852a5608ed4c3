import type { TokenCount } from '../model/conversation.ts'

export const noTokens: TokenCount = { ascii: 0, other: 0 }

export function addTokens(left: TokenCount, right: TokenCount): TokenCount {
  return { ascii: left.ascii + right.ascii, other: left.other + right.other }
}

/** Both parts together: what the public tokenizer itself says. */
export const sumTokens = (count: TokenCount): number => count.ascii + count.other
