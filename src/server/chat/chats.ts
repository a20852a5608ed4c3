import type { HoldfastParts } from '../../app/holdfast.ts'
import type { Clock } from '../../base/clock.ts'
import type { TraceParent } from '../../base/telemetry-port.ts'
import type { AnswerRecord } from '../../store/answer-store.ts'
import { answerEntries } from '../answer-entries.ts'
import { findPipeline } from '../find-pipeline.ts'
import type { ChatRequest } from './chat-request.ts'
import { createUiChunks, type UiChunk } from './ui-chunks.ts'

/** The chats of one user with one pipeline. */
export interface Chats {
  /**
   * Accepts the next message and returns the id of the answer to it. One that is still being made for
   * the chat is cancelled: the user has gone on.
   */
  send(request: ChatRequest, traceParent?: TraceParent): Promise<string>
  /** The answer that a page may want to see again: one that is being made, or has just ended. */
  resumable(chatId: string): Promise<string | undefined>
  /** Cancels the answer that is being made; tells whether there was one. */
  stop(chatId: string): Promise<boolean>
  /** The answer as parts of a message, in lots, from the first on until it ends. */
  follow(answerId: string, signal: AbortSignal): AsyncGenerator<readonly UiChunk[]>
}

/**
 * A page that was away when its answer ended asks for it when it is back. After that it is old: a page
 * that loads a chat has it among its messages.
 */
const replayedForMs = 5 * 60_000

export interface ChatsOptions {
  readonly app: HoldfastParts
  readonly clock: Clock
  /** The name of the pipeline. */
  readonly pipeline: string
  readonly userId: string | undefined
}

/** @throws UNKNOWN_PIPELINE */
export function createChats({ app, clock, pipeline, userId }: ChatsOptions): Chats {
  const handle = findPipeline(app, pipeline)
  // The owner is part of the name under which a chat is found, so nobody finds another's.
  const threadOf = (chatId: string) => JSON.stringify(['ui-chat', userId ?? null, chatId])

  async function newest(chatId: string): Promise<AnswerRecord | undefined> {
    const [record] = await app.answers.list({ pipeline, thread: threadOf(chatId), limit: 1 })
    return record
  }

  async function stop(chatId: string): Promise<boolean> {
    const record = await newest(chatId)
    return record !== undefined && record.finishedAtMs === undefined && app.cancel(record.id)
  }

  return {
    stop,
    async send({ chatId, messages, metadata }, traceParent) {
      const input = await handle.readChat({
        messages,
        text: messages.at(-1)?.content ?? '',
        conversationId: chatId,
        metadata,
        ...(userId !== undefined && { userId }),
      })
      await stop(chatId)
      const { answerId } = await handle.enqueue(input, {
        ...(traceParent && { traceParent }),
        // A user with many does not keep the others waiting.
        ...(userId !== undefined && { tenant: userId }),
        origin: { thread: threadOf(chatId), facts: { protocol: 'ui-chat' } },
      })
      return answerId
    },
    async resumable(chatId) {
      const record = await newest(chatId)
      const endedAtMs = record?.finishedAtMs ?? clock.now()
      return endedAtMs + replayedForMs > clock.now() ? record?.id : undefined
    },
    async *follow(answerId, signal) {
      const chunks = createUiChunks(answerId)
      const record = await app.answers.get(answerId)
      if (!record) return
      for await (const lot of answerEntries(app, clock, record, signal)) {
        yield lot.flatMap(({ event }) => chunks.hear(event))
      }
    },
  }
}
