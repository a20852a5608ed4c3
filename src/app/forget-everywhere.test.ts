import { expect, it } from 'vitest'
import { createAnswerCache } from '../pipeline/answer-cache.ts'
import { createConversationStates } from '../pipeline/conversation-states.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { forgetEverywhere } from './forget-everywhere.ts'

const conversationOf = (input: unknown) => String(input).slice(0, 1)

function setUp() {
  const store = openMemoryStore()
  const states = createConversationStates()
  const policy = { freshMs: 1_000, staleMs: 1_000 }
  const cache = createAnswerCache(policy, createFakeClock(), conversationOf)
  for (const id of ['a', 'b']) states.of(id)
  for (const input of ['a1', 'a2', 'b1']) {
    cache.keep(input, {
      id: 'x',
      pipeline: 'chat',
      value: input,
      source: 'primary',
      degraded: false,
      model: undefined,
      usage: { inputTokens: 0, outputTokens: 0 },
      costUsd: undefined,
      attempts: [],
      mended: [],
      warnings: [],
      traceId: 't',
      latencyMs: 1,
    })
  }
  const order: string[] = []
  const telemetry = { flush: async () => void order.push('flush') }
  const prepared = new Map([['chat', { states, cache }]])
  const conversations = forgetEverywhere(store.conversations, prepared, telemetry)
  return { conversations, cache, order }
}

it('deletes what this process keeps of a conversation, and says so', async () => {
  const { conversations, cache, order } = setUp()
  const report = await conversations.deleteConversation('a')
  expect(report).toMatchObject({ turns: 0, searchIndexes: 1, cachedAnswers: 2 })
  expect(cache.find('a1')).toBeUndefined()
  expect(cache.find('b1')).toMatchObject({ value: 'b1' })
  expect(order).toEqual(['flush'])
})

it('deletes all that this process keeps with a user', async () => {
  const { conversations, cache } = setUp()
  const report = await conversations.deleteUser('u')
  expect(report).toMatchObject({ owners: 0, searchIndexes: 2, cachedAnswers: 3 })
  expect(cache.find('b1')).toBeUndefined()
})
