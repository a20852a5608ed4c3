import type { AnswerStore } from '../answer-store.ts'
import type { ConversationStore } from '../conversation-store.ts'
import type { EventStore } from '../event-store.ts'
import type { TraceStore } from '../trace-store.ts'

/** The four stores in one database. */
export interface Stores {
  readonly conversations: ConversationStore
  readonly answers: AnswerStore
  readonly events: EventStore
  readonly traces: TraceStore
  /** Ends all watching and frees the database. Closing again does nothing. */
  close(): Promise<void>
}
