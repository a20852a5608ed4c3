/** What can be followed: one answer, or all answers of a conversation or of a user. */
export type LiveTarget = { readonly answerId: string } | LiveGroup

/** All answers of a conversation, or of the conversations that a user owns. */
export type LiveGroup = { readonly conversationId: string } | { readonly userId: string }

/** As it is called in messages, such as `conversation "c"`. */
export function describeTarget(target: LiveTarget): string {
  const { kind, id } = kindOf(target)
  return `${kind} ${JSON.stringify(id)}`
}

/** Tells it from all others, as the key of a map. */
export function targetKey(target: LiveTarget): string {
  const { kind, id } = kindOf(target)
  return `${kind}:${id}`
}

export function kindOf(target: LiveTarget): {
  readonly kind: 'answer' | 'conversation' | 'user'
  readonly id: string
} {
  if ('answerId' in target) return { kind: 'answer', id: target.answerId }
  if ('conversationId' in target) return { kind: 'conversation', id: target.conversationId }
  return { kind: 'user', id: target.userId }
}
