import type { AnswerStore } from '../store/answer-store.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import type { EventStore } from '../store/event-store.ts'
import { type LiveGroup, targetKey } from './live-target.ts'

/**
 * Tells those who follow a conversation, a user or a pipeline that an answer of theirs may have come in, whichever
 * process took it. Every answer is announced in the event store, and its log grows when it is made:
 * of each answer that is new to this process the record is read once, and says whom it concerns.
 */
export interface Arrivals {
  /** Calls back when it is worth looking for answers of the group; returns how to stop. */
  onArrival(group: LiveGroup, callback: () => void): () => void
}

export interface ArrivalsOptions {
  readonly events: Pick<EventStore, 'watch'>
  readonly answers: Pick<AnswerStore, 'get'>
  readonly conversations: Pick<ConversationStore, 'ownerOf'>
  /** Told when a record could not be read; those who follow look again by themselves. */
  readonly onError: (error: unknown) => void
}

/** Answers that were looked up lately; one that is forgotten is looked up once more. */
const rememberedAnswers = 10_000

export function createArrivals(options: ArrivalsOptions): Arrivals {
  const { events, answers, conversations, onError } = options
  const followers = new Map<string, Set<() => void>>()
  const known = new Set<string>()
  let stopWatching: (() => void) | undefined

  function onGrowth(answerId: string): void {
    if (known.has(answerId)) return
    known.add(answerId)
    const [oldest] = known
    if (known.size > rememberedAnswers && oldest !== undefined) known.delete(oldest)
    lookUp(answerId).catch((error: unknown) => {
      known.delete(answerId)
      onError(error)
    })
  }

  async function lookUp(answerId: string): Promise<void> {
    const record = await answers.get(answerId)
    if (!record) return
    const { pipeline, conversationId } = record
    call({ pipeline })
    if (conversationId === undefined) return
    call({ conversationId })
    const userId = await conversations.ownerOf(conversationId)
    if (userId !== undefined) call({ userId })
  }

  function call(group: LiveGroup): void {
    for (const callback of followers.get(targetKey(group)) ?? []) callback()
  }

  return {
    onArrival(group, callback) {
      const key = targetKey(group)
      // An object of its own per call, so that the same function can wait twice.
      const mine = () => callback()
      followers.set(key, (followers.get(key) ?? new Set()).add(mine))
      stopWatching ??= events.watch(onGrowth)
      return () => {
        const others = followers.get(key)
        others?.delete(mine)
        if (others?.size === 0) followers.delete(key)
        if (followers.size > 0) return
        stopWatching?.()
        stopWatching = undefined
        known.clear()
      }
    },
  }
}
