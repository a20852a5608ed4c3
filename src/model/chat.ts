/**
 * A chat as clients of the chat protocols (OpenAI Responses, AI SDK) ask with it, before a pipeline
 * makes its own input of it.
 */
export interface Chat {
  /** Oldest first. What the client gave as instructions comes first, as a system message. */
  readonly messages: readonly ChatMessage[]
  /** What the user said last. */
  readonly text: string
  /** Stays the same over the turns of a chat. */
  readonly conversationId: string
  /** Who asks, where the server knows it by its option `user`. */
  readonly userId?: string
  /** What the client sent along: the `metadata` of a response, or what the body of a chat holds beside it. */
  readonly metadata: Readonly<Record<string, unknown>>
}

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}
