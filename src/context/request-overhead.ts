import type { TokenCount } from '../model/conversation.ts'
import type { Message, ToolDefinition } from '../model/message.ts'
import { countRemembered } from './remembered-counts.ts'

/** Opens the answer of a chat, once per request (OpenAI cookbook, "How to count tokens"). */
export const requestOverhead = 3
/** What frames a message: start, role, separator, end (same source). */
export const messageOverhead = 4
/** What frames a tool call, a result or a definition; no provider says, so it is taken high. */
const toolOverhead = 8

/** Tokens of a message that stand in no text: its frame, and that of each tool call or result. */
export function overheadOf(message: Message): number {
  if (message.role === 'tool') return messageOverhead + toolOverhead
  const calls = message.role === 'assistant' ? (message.toolCalls?.length ?? 0) : 0
  return messageOverhead + calls * toolOverhead
}

/** Counts tool definitions as JSON, which is no shorter than what providers make of them. */
export function countTools(tools: readonly ToolDefinition[]): TokenCount {
  return countRemembered(tools.map((tool) => JSON.stringify(tool)).join('\n'))
}

export const toolsOverhead = (tools: readonly ToolDefinition[]): number =>
  tools.length * toolOverhead
