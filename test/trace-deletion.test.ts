/** A conversation finds its traces although telemetry does not show an id that is personal data. */
import { expect, test } from 'vitest'
import { openMemoryStore } from '../src/store/open-memory-store.ts'
import { createTelemetry } from '../src/telemetry/create-telemetry.ts'
import { createRedactor } from '../src/telemetry/redact/redactor.ts'
import { createFakeClock } from '../src/testing/fake-clock.ts'

test.each([
  ['an e-mail address', 'jane.doe@example.com', false],
  ['a plain id', 'user-7', true],
])('traces of %s are deleted with it', async (_kind, conversationId, isShown) => {
  const clock = createFakeClock()
  const store = openMemoryStore({ clock })
  const silent = { debug() {}, info() {}, warn() {}, error() {} }
  const telemetry = createTelemetry({
    clock,
    logger: silent,
    redactor: createRedactor(),
    traces: store.traces,
  })
  for (const id of [conversationId, 'another']) {
    const span = telemetry.startTrace('llm.call onboarding')
    span.set({ 'gen_ai.conversation.id': id })
    span.end()
  }
  await telemetry.flush()
  expect(JSON.stringify(await store.traces.list({})).includes(conversationId)).toBe(isShown)
  const { traceIds } = await store.conversations.exportConversation(conversationId)
  expect(traceIds).toHaveLength(1)
  const report = await store.conversations.deleteConversation(conversationId)
  expect(report).toMatchObject({ traces: 1 })
  expect(await store.traces.list({})).toHaveLength(1)
  await store.close()
})
