import { CleanText } from './clean-text.tsx'

/** Messages as a conversation; undefined where a content is none. */
export function Messages({ messages }: { readonly messages: readonly Message[] }) {
  return (
    <div class="messages">
      {messages.map((message, index) => (
        <div key={`${index}`} class={`message ${message.role}`}>
          <span class="role">{message.role}</span>
          {message.content !== '' && (
            <p>
              <CleanText text={message.content} />
            </p>
          )}
          {(message.toolCalls ?? []).map((call) => (
            <p key={call.name + call.arguments} class="tool-call">
              <b>{call.name}</b> <CleanText text={call.arguments} />
            </p>
          ))}
        </div>
      ))}
    </div>
  )
}

export interface Message {
  readonly role: string
  readonly content: string
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: string }[]
}

/** What was recorded is plain JSON, and its form is not certain. */
export function asMessages(value: unknown): readonly Message[] | undefined {
  if (!Array.isArray(value)) return undefined
  const isMessage = (each: Partial<Message> | null) =>
    typeof each?.role === 'string' && typeof each.content === 'string'
  return value.every(isMessage) ? value : undefined
}
