import { expect, test } from 'vitest'
import { createFakeClock } from '../testing/fake-clock.ts'
import {
  describeAnswerStore,
  describeConversationStore,
  describeEventStore,
  describeTraceStore,
  describeWholeStore,
  type OpenStore,
} from '../testing/store-contract.ts'
import { openMemoryStore } from './open-memory-store.ts'
import type { SqliteStore } from './open-sqlite-store.ts'

describeWholeStore(
  'memory',
  opening((store) => store),
)
describeConversationStore(
  'memory',
  opening((store) => store.conversations),
)
describeAnswerStore(
  'memory',
  opening((store) => store.answers),
)
describeEventStore(
  'memory',
  opening((store) => store.events),
)
describeTraceStore(
  'memory',
  opening((store) => store.traces),
)

function opening<Store>(pick: (store: SqliteStore) => Store): OpenStore<Store> {
  return async () => {
    const store = openMemoryStore()
    return { store: pick(store), close: () => store.close() }
  }
}

test('two memory stores share nothing', async () => {
  const first = openMemoryStore()
  const second = openMemoryStore()
  await first.conversations.setPin('c', 'k', { text: 'x', tokens: { ascii: 1, other: 0 } })
  expect((await second.conversations.readMemory('c', 1)).pins).toEqual([])
  await first.close()
  await second.close()
})

test('watching in memory sets no timer', async () => {
  const clock = createFakeClock()
  const store = openMemoryStore({ clock })
  store.events.watch(() => {})
  expect(clock.pendingTimers).toBe(0)
  await store.close()
})
