import type { AnswerStore } from '../answer-store.ts'
import type { CheckStore } from '../check-store.ts'
import type { ConversationStore } from '../conversation-store.ts'
import type { EventStore } from '../event-store.ts'
import type { PrecomputedStore } from '../precomputed-store.ts'
import type { TicketStore } from '../ticket-store.ts'
import type { TraceStore } from '../trace-store.ts'

/** The stores in one database. */
export interface Stores {
  readonly conversations: ConversationStore
  readonly answers: AnswerStore
  readonly events: EventStore
  readonly traces: TraceStore
  readonly precomputed: PrecomputedStore
  readonly tickets: TicketStore
  readonly checks: CheckStore
  /** Ends all watching and frees the database. Closing again does nothing. */
  close(): Promise<void>
}
