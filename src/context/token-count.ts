import type { TokenCount } from '../model/conversation.ts'
import type { Message } from '../model/message.ts'
import { measureScripts } from './script-shares.ts'

/** A count with the scripts that its part outside ASCII is of, where they are known. */
export interface ScriptCount extends TokenCount {
  /** As `measureScripts` gives them. They are not stored: the text itself tells them again. */
  readonly scripts?: readonly number[]
}

export const noTokens: TokenCount = { ascii: 0, other: 0 }

export function addTokens(left: ScriptCount, right: ScriptCount): ScriptCount {
  const sum = { ascii: left.ascii + right.ascii, other: left.other + right.other }
  if (left.other === 0) return right.scripts ? { ...sum, scripts: right.scripts } : sum
  if (right.other === 0) return left.scripts ? { ...sum, scripts: left.scripts } : sum
  if (!left.scripts || !right.scripts) return sum
  const { scripts } = right
  return { ...sum, scripts: left.scripts.map((tokens, at) => tokens + (scripts[at] ?? 0)) }
}

/** Both parts together: what the public tokenizer itself says. */
export const sumTokens = (count: TokenCount): number => count.ascii + count.other

/** The count of a text with its scripts. */
export const withScripts = (count: TokenCount, text: string): ScriptCount =>
  count.other === 0 ? count : { ...count, scripts: measureScripts(text, count.other) }

/** The count of a message that was stored, with its scripts. */
export function messageScripts(count: TokenCount, message: Message): ScriptCount {
  if (count.other === 0) return count
  const calls = message.role === 'assistant' ? (message.toolCalls ?? []) : []
  return withScripts(count, [message.content, ...calls.map((call) => call.arguments)].join(''))
}
