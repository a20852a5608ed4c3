import type { Message } from '../model/message.ts'

/** What a provider would refuse in these messages, by the strictest of their rules. */
export function brokenRules(messages: readonly Message[]): string[] {
  const broken: string[] = []
  const [first, ...rest] = messages
  const spoken = first?.role === 'system' ? rest : messages
  if (spoken.some((message) => message.role === 'system')) broken.push('system message inside')
  if (spoken[0]?.role !== 'user') broken.push('does not begin with the user')
  if (spoken.at(-1)?.role === 'assistant') broken.push('ends with the assistant')
  if (spoken.some(isEmpty)) broken.push('empty message')
  return [...broken, ...brokenCalls(spoken)]
}

function brokenCalls(messages: readonly Message[]): string[] {
  const broken: string[] = []
  let open = new Set<string>()
  for (const message of messages) {
    if (message.role === 'tool') {
      if (!open.delete(message.toolCallId)) broken.push(`result without call ${message.toolCallId}`)
      continue
    }
    for (const id of open) broken.push(`call without result ${id}`)
    const calls = message.role === 'assistant' ? (message.toolCalls ?? []) : []
    open = new Set(calls.map((call) => call.id))
  }
  for (const id of open) broken.push(`call without result ${id}`)
  return broken
}

const isEmpty = (message: Message) =>
  message.role !== 'tool' &&
  message.content === '' &&
  !(message.role === 'assistant' && (message.toolCalls?.length ?? 0) > 0)
