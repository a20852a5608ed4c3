import type { ChatMessage } from '../../model/chat.ts'
import { list, record, text, wrong } from '../read-fields.ts'

/** What `useChat` sends to have the next message of a chat. */
export interface ChatRequest {
  readonly chatId: string
  /** Oldest first; the user says the last. */
  readonly messages: readonly ChatMessage[]
  /** What the page's transport adds to the body. */
  readonly metadata: Readonly<Record<string, unknown>>
}

const mostIdChars = 200

/** @throws INVALID_INPUT that names the place; also for files and tools, which are not served. */
export function parseChatRequest(body: unknown): ChatRequest {
  const { id, messages, trigger, messageId, ...metadata } = record(body, '(body)')
  return { chatId: parseChatId(id), messages: parseMessages(messages), metadata }
}

export function parseChatId(value: unknown): string {
  const id = text(value, 'id')
  if (id === '' || id.length > mostIdChars) throw wrong('id', `1 to ${mostIdChars} characters`)
  return id
}

/** Messages without text, such as one that was stopped before its first word, say nothing. */
function parseMessages(value: unknown): readonly ChatMessage[] {
  const messages = list(value, 'messages')
    .map(parseMessage)
    .filter(({ content }) => content.trim() !== '')
  if (messages.at(-1)?.role !== 'user')
    throw wrong('messages', 'a list of which the user says the last')
  return messages
}

function parseMessage(value: unknown, index: number): ChatMessage {
  const at = `messages[${index}]`
  const { role, parts } = record(value, at)
  if (role !== 'system' && role !== 'user' && role !== 'assistant') {
    throw wrong(`${at}.role`, 'system, user or assistant')
  }
  const texts = list(parts, `${at}.parts`).map((part, place) =>
    textOf(part, `${at}.parts[${place}]`),
  )
  return { role, content: texts.join('') }
}

/** Parts that this server sends beside the text, or that hold what no model is told. */
const silentParts = /^(step-start|reasoning|source-.*|data-.*)$/

function textOf(value: unknown, at: string): string {
  const part = record(value, at)
  if (part.type === 'text') return text(part.text, `${at}.text`)
  if (silentParts.test(String(part.type))) return ''
  throw wrong(`${at}.type`, 'text; files and tools are not served')
}
