/**
 * The guarantees of the stores as tests: each implementation runs the suites of the ports that it
 * implements, or all of them where one database holds them all.
 */
import { describeAnswerStore } from './answer-store-contract.ts'
import { describeCheckStore } from './check-store-contract.ts'
import { describeConversationProperties } from './conversation-properties-contract.ts'
import { describeConversationStore } from './conversation-store-contract.ts'
import { describeEventStore } from './event-store-contract.ts'
import type { OpenStore } from './opened-store.ts'
import { describePersonalData } from './personal-data-contract.ts'
import { describePrecomputedStore } from './precomputed-store-contract.ts'
import { describeTicketStore } from './ticket-store-contract.ts'
import { describeTraceStore } from './trace-store-contract.ts'
import { describeWholeStore, type WholeStore } from './whole-store-contract.ts'

export type { OpenStore } from './opened-store.ts'
export type { WholeStore } from './whole-store-contract.ts'
export {
  describeAnswerStore,
  describeCheckStore,
  describeConversationProperties,
  describeConversationStore,
  describeEventStore,
  describePersonalData,
  describeTicketStore,
  describeTraceStore,
  describeWholeStore,
}

/** All that the stores of one database keep to, each alone and together. */
export function describeStores(name: string, open: OpenStore<WholeStore>): void {
  const opening =
    <Store>(pick: (store: WholeStore) => Store): OpenStore<Store> =>
    async () => {
      const opened = await open()
      return { store: pick(opened.store), close: () => opened.close() }
    }
  describeWholeStore(name, open)
  describePersonalData(name, open)
  describePrecomputedStore(name, open)
  describeConversationStore(
    name,
    opening((store) => store.conversations),
  )
  describeAnswerStore(
    name,
    opening((store) => store.answers),
  )
  describeEventStore(
    name,
    opening((store) => store.events),
  )
  describeTicketStore(
    name,
    opening((store) => store.tickets),
  )
  describeTraceStore(
    name,
    opening((store) => store.traces),
  )
  describeCheckStore(
    name,
    opening((store) => store.checks),
  )
}
