import { OpenTelemetry } from '@ai-sdk/otel'
import { context, SpanKind } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { generateText, registerTelemetry, streamText } from 'ai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../src/base/clock.ts'
import { toAiSdk } from '../src/providers/ai-sdk/to-ai-sdk.ts'
import { protect } from '../src/resilience/protect.ts'
import { createTelemetry } from '../src/telemetry/create-telemetry.ts'
import { createRedactor } from '../src/telemetry/redact/redactor.ts'
import { createTestSdk } from '../src/telemetry/sdk.fixture.ts'
import { fails, says, scriptedModel } from '../src/testing/scripted-model.ts'

/** The AI SDK traces every call, with its usage, as soon as its own integration is registered. */

const sdk = createTestSdk()
const nowhere = () => {}
const logger = { debug: nowhere, info: nowhere, warn: nowhere, error: nowhere }

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  registerTelemetry(new OpenTelemetry({ tracer: sdk.providers.tracerProvider.getTracer('gen_ai') }))
})

afterAll(() => context.disable())

const telemetry = createTelemetry({
  clock: systemClock,
  logger,
  redactor: createRedactor(),
  ...sdk.providers,
})

function createModel() {
  const down = fails({ kind: 'http', status: 503, headers: {}, body: '' })
  const usage = { inputTokens: 120, outputTokens: 30 }
  const primary = scriptedModel({ id: 'primary-1', script: down })
  const fallback = scriptedModel({ id: 'fallback-1', script: says('Hello there.', { usage }) })
  return toAiSdk(protect([primary, fallback], { telemetry, random: () => 0 }))
}

/** Input tokens that a reader would add up over the spans that stand for requests to a model. */
function countedInput(since: number): number {
  return sdk
    .spans()
    .slice(since)
    .filter(
      ({ kind, attributes }) =>
        kind === SpanKind.CLIENT && attributes['gen_ai.operation.name'] === 'chat',
    )
    .reduce((sum, { attributes }) => sum + Number(attributes['gen_ai.usage.input_tokens'] ?? 0), 0)
}

describe('a protected model inside the AI SDK with its own telemetry', () => {
  let since = 0
  beforeEach(() => {
    since = sdk.spans().length
  })

  it('has its usage counted once by generateText', async () => {
    const { text } = await generateText({ model: createModel(), prompt: 'Hi', maxRetries: 0 })
    expect(text).toBe('Hello there.')
    expect(countedInput(since)).toBe(120)
    expectAttemptsInside(since)
  })

  it('has its usage counted once by streamText', async () => {
    const { textStream } = streamText({ model: createModel(), prompt: 'Hi', maxRetries: 0 })
    let text = ''
    for await (const delta of textStream) text += delta
    expect(text).toBe('Hello there.')
    expect(countedInput(since)).toBe(120)
    expectAttemptsInside(since)
  })

  it('is counted by itself where the AI SDK does not trace', async () => {
    const model = protect(
      [scriptedModel({ script: says('Hi', { usage: { inputTokens: 7, outputTokens: 1 } }) })],
      { telemetry },
    )
    const { signal } = new AbortController()
    await model.generate({ messages: [{ role: 'user', content: 'Hi' }] }, { signal })
    expect(countedInput(since)).toBe(7)
  })
})

/** Every attempt is there all the same, below the span of the AI SDK, with why it was made. */
function expectAttemptsInside(since: number): void {
  const spans = sdk.spans().slice(since)
  const attempts = spans.filter(({ name }) => name.startsWith('attempt '))
  const reasons = attempts.map(({ attributes }) => attributes['holdfast.attempt.reason'])
  expect(reasons).toEqual(['first', 'retry', 'fallback'])
  const call = spans.find(({ name }) => name.startsWith('llm.call '))
  const above = spans.find((span) => span.spanContext().spanId === call?.parentSpanContext?.spanId)
  expect(above?.attributes['gen_ai.operation.name']).toBe('chat')
}
