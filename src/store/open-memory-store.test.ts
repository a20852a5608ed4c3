import { expect, test } from 'vitest'
import { createFakeClock } from '../testing/fake-clock.ts'
import { describeConversationProperties, describeStores } from '../testing/store-contract.ts'
import { openMemoryStore } from './open-memory-store.ts'

describeStores('memory', async () => {
  const store = openMemoryStore()
  return { store, close: () => store.close() }
})

describeConversationProperties(
  'memory',
  async () => {
    const store = openMemoryStore()
    return { store: store.conversations, close: () => store.close() }
  },
  100,
)

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
