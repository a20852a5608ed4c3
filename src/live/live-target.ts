/** What can be followed: one answer, or all answers of a conversation, of a user or of a pipeline. */
export type LiveTarget = { readonly answerId: string } | LiveGroup

/** All answers of a conversation, of the conversations that a user owns, or of a pipeline. */
export type LiveGroup =
  | { readonly conversationId: string }
  | { readonly userId: string }
  | { readonly pipeline: string }

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
  readonly kind: 'answer' | 'conversation' | 'user' | 'pipeline'
  readonly id: string
} {
  if ('answerId' in target) return { kind: 'answer', id: target.answerId }
  if ('conversationId' in target) return { kind: 'conversation', id: target.conversationId }
  if ('userId' in target) return { kind: 'user', id: target.userId }
  return { kind: 'pipeline', id: target.pipeline }
}
