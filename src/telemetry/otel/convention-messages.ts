import { isRecord } from '../../base/json.ts'

/**
 * Messages in the form of the conventions: a role and parts. They come from what was redacted, so
 * nothing about their form is certain.
 */
export function toConventionMessages(messages: unknown): readonly ConventionMessage[] {
  if (!Array.isArray(messages)) return []
  return messages.filter(isRecord).map((message) => ({
    role: typeof message.role === 'string' ? message.role : 'user',
    parts: partsOf(message),
  }))
}

/** What the model said, with the reason for which it stopped. */
export function toConventionOutput(
  messages: unknown,
  finishReason: string | undefined,
): readonly ConventionMessage[] {
  const reason = finishReasons[finishReason ?? ''] ?? finishReason ?? 'error'
  return toConventionMessages(messages).map((message) => ({ ...message, finish_reason: reason }))
}

export interface ConventionMessage {
  readonly role: string
  readonly parts: readonly Readonly<Record<string, unknown>>[]
  readonly finish_reason?: string
}

const finishReasons: Readonly<Record<string, string>> = {
  'tool-calls': 'tool_call',
  'content-filter': 'content_filter',
}

function partsOf(message: Record<string, unknown>): Readonly<Record<string, unknown>>[] {
  const { role, content, toolCalls, toolCallId } = message
  if (role === 'tool') {
    return [{ type: 'tool_call_response', id: toolCallId ?? null, response: content ?? null }]
  }
  const text = typeof content === 'string' ? content : JSON.stringify(content ?? '')
  const parts: Readonly<Record<string, unknown>>[] = []
  if (text !== '') parts.push({ type: 'text', content: text })
  const calls = Array.isArray(toolCalls) ? toolCalls.filter(isRecord) : []
  for (const { id, name, arguments: args } of calls) {
    parts.push({ type: 'tool_call', id: id ?? null, name: String(name), arguments: parsed(args) })
  }
  return parts
}

/** The arguments are the model's JSON text; what is not JSON stays the text it is. */
function parsed(args: unknown): unknown {
  if (typeof args !== 'string') return args ?? null
  try {
    return JSON.parse(args)
  } catch {
    return args
  }
}
