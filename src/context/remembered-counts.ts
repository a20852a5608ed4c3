import type { TokenCount } from '../model/conversation.ts'
import { countTokens } from './count-tokens.ts'

/** Texts that stand in request after request: system prompts, tool definitions, summaries, days. */
const counts = new Map<string, TokenCount>()
const mostTexts = 512
const longestText = 200_000

/** Counts a text that is likely to come again, once; the texts used longest ago are let go of. */
export function countRemembered(text: string): TokenCount {
  const known = counts.get(text)
  if (known) {
    counts.delete(text)
    counts.set(text, known)
    return known
  }
  const count = countTokens(text)
  if (text.length > longestText) return count
  counts.set(text, count)
  if (counts.size > mostTexts) {
    for (const oldest of counts.keys()) {
      counts.delete(oldest)
      break
    }
  }
  return count
}
