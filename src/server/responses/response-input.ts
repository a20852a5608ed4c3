import type { ChatMessage } from '../../model/chat.ts'
import { list, record, text, wrong } from '../read-fields.ts'

/**
 * The `input` of a response as messages: a text is one of the user. The last one has to be the user's.
 *
 * @throws INVALID_INPUT, also for images, files, tool outputs and references, which are not served.
 */
export function parseInput(value: unknown): readonly ChatMessage[] {
  if (typeof value === 'string') return [{ role: 'user', content: notEmpty(value, 'input') }]
  const messages = list(value, 'input').map(parseItem)
  const last = messages.at(-1)
  if (last?.role !== 'user')
    throw wrong('input', 'a text, or messages of which the user says the last')
  return messages
}

const roles: Readonly<Record<string, ChatMessage['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
}

function parseItem(value: unknown, index: number): ChatMessage {
  const at = `input[${index}]`
  const item = record(value, at)
  if (item.type !== undefined && item.type !== 'message') {
    throw wrong(`${at}.type`, 'message; other items are not served')
  }
  const role = roles[String(item.role)]
  if (!role) throw wrong(`${at}.role`, 'system, developer, user or assistant')
  return { role, content: contentOf(item.content, `${at}.content`) }
}

const textParts = new Set(['input_text', 'output_text', 'text'])

function contentOf(value: unknown, at: string): string {
  if (typeof value === 'string') return notEmpty(value, at)
  const parts = list(value, at).map((each, index) => {
    const part = record(each, `${at}[${index}]`)
    if (!textParts.has(String(part.type))) {
      throw wrong(`${at}[${index}].type`, 'input_text or output_text; other parts are not served')
    }
    return text(part.text, `${at}[${index}].text`)
  })
  return notEmpty(parts.join(''), at)
}

function notEmpty(value: string, at: string): string {
  if (value.trim() === '') throw wrong(at, 'a text that is not empty')
  return value
}
