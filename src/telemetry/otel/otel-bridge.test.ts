import { context, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Telemetry } from '../../base/telemetry-port.ts'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { createTelemetry, type TelemetryOptions } from '../create-telemetry.ts'
import { createRedactor } from '../redact/redactor.ts'
import { createTestSdk } from '../sdk.fixture.ts'

const nowhere = () => {}
const logger = { debug: nowhere, info: nowhere, warn: nowhere, error: nowhere }

function createTest(options: Partial<TelemetryOptions> = {}) {
  const clock = createFakeClock()
  const telemetry = createTelemetry({ clock, logger, redactor: createRedactor(), ...options })
  return { clock, telemetry }
}

function call(telemetry: Telemetry, parent?: Parameters<Telemetry['startTrace']>[2]) {
  const root = telemetry.startTrace('llm.call greet', { 'holdfast.pipeline': 'greet' }, parent)
  const attempt = root.child(
    'chat m-1',
    { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm-1' },
    'client',
  )
  attempt.set({ 'gen_ai.usage.input_tokens': 10, 'gen_ai.usage.output_tokens': 5 })
  attempt.end()
  root.end()
  return { root, attempt }
}

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})

afterAll(() => context.disable())

describe('spans', () => {
  it('are one internal span for the call and one client span for the attempt', async () => {
    const sdk = createTestSdk()
    const { root, attempt } = call(createTest(sdk.providers).telemetry)
    const [chat, top] = sdk.spans()
    expect(chat).toMatchObject({ name: 'chat m-1', kind: SpanKind.CLIENT })
    expect(top).toMatchObject({ name: 'llm.call greet', kind: SpanKind.INTERNAL })
    expect(chat?.parentSpanContext?.spanId).toBe(top?.spanContext().spanId)
    expect(Object.keys(top?.attributes ?? {}).join()).not.toContain('gen_ai.')
    expect(root.traceId).toBe(top?.spanContext().traceId)
    expect(attempt.spanId).toBe(chat?.spanContext().spanId)
    expect(chat?.instrumentationScope).toMatchObject({ name: 'holdfast' })
  })

  it('are where they belong in time, by the clock of the application', async () => {
    const sdk = createTestSdk()
    const { telemetry, clock } = createTest(sdk.providers)
    const root = telemetry.startTrace('llm.call greet')
    await clock.advance(1_234)
    root.end(new Error('too late'))
    const [span] = sdk.spans()
    expect(span?.startTime).toEqual([Date.UTC(2026, 0, 1) / 1_000, 0])
    expect(span?.duration).toEqual([1, 234_000_000])
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'Error: too late' })
  })

  it('continue the trace of the caller, below its span', () => {
    const sdk = createTestSdk()
    const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
    call(createTest(sdk.providers).telemetry, parent)
    expect(sdk.spans()[1]?.spanContext().traceId).toBe(parent.traceId)
    expect(sdk.spans()[1]?.parentSpanContext?.spanId).toBe(parent.spanId)
  })

  it('go below the span of an instrumented server that continues the same trace', () => {
    const sdk = createTestSdk()
    const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
    const tracer = sdk.providers.tracerProvider.getTracer('http')
    const remote = { ...parent, traceFlags: TraceFlags.SAMPLED, isRemote: true }
    const server = tracer.startSpan('POST', {}, trace.setSpanContext(context.active(), remote))
    context.with(trace.setSpan(context.active(), server), () =>
      call(createTest(sdk.providers).telemetry, parent),
    )
    expect(sdk.spans()[1]?.parentSpanContext?.spanId).toBe(server.spanContext().spanId)
  })

  it('belong to whatever is active in the application', async () => {
    const sdk = createTestSdk()
    const saved: (string | undefined)[] = []
    const { telemetry } = createTest({
      ...sdk.providers,
      traces: { save: async ({ spans }) => void saved.push(spans[0]?.parentSpanId) },
    })
    const active = sdk.providers.tracerProvider.getTracer('app').startSpan('checkout')
    const { root } = context.with(trace.setSpan(context.active(), active), () => call(telemetry))
    await telemetry.flush()
    expect(root.traceId).toBe(active.spanContext().traceId)
    expect(saved).toEqual([active.spanContext().spanId])
  })

  it('are not there where the sampler says no, and the caller is told', () => {
    const sdk = createTestSdk({ sampler: new AlwaysOffSampler() })
    const { root } = call(createTest(sdk.providers).telemetry)
    expect(sdk.spans()).toEqual([])
    expect(root.sampled).toBe(false)
  })

  it('have ids of their own without an SDK, and go on in the trace of the caller', () => {
    const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
    const { root, attempt } = call(createTest().telemetry, parent)
    expect(root.traceId).toBe(parent.traceId)
    expect(new Set([parent.spanId, root.spanId, attempt.spanId]).size).toBe(3)
    expect(call(createTest().telemetry).root.traceId).toMatch(/^[0-9a-f]{32}$/)
  })

  it('are not made where OpenTelemetry is off', () => {
    const sdk = createTestSdk()
    call(createTest({ ...sdk.providers, otel: false }).telemetry)
    expect(sdk.spans()).toEqual([])
  })
})

describe('inside a span that bears the usage already', () => {
  const inferenceSpan = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'greet' }

  it.each(['otlp', 'langfuse', 'datadog'] as const)('counts nothing again, for %s', (preset) => {
    const sdk = createTestSdk()
    const { telemetry } = createTest({ ...sdk.providers, preset })
    const tracer = sdk.providers.tracerProvider.getTracer('gen_ai')
    const outer = tracer.startSpan('chat greet', {
      kind: SpanKind.CLIENT,
      attributes: inferenceSpan,
    })
    context.with(trace.setSpan(context.active(), outer), () => call(telemetry))
    const [attempt] = sdk.spans()
    expect(attempt).toMatchObject({ name: 'attempt m-1', kind: SpanKind.INTERNAL })
    expect(attempt?.attributes).toMatchObject({
      'holdfast.usage.counted_elsewhere': true,
      'holdfast.usage.input_tokens': 10,
      'holdfast.request.model': 'm-1',
    })
    const names = sdk
      .spans()
      .flatMap((span) => Object.keys(span.attributes))
      .join()
    expect(names).not.toMatch(/gen_ai\.|langfuse\.observation/)
    // What we measure ourselves is measured in any case.
    expect(telemetry.renderMetrics()).toMatch(/gen_ai_client_token_usage_sum\{.*"input"\} 10/)
  })

  it('counts as usual below a span of an agent or a tool', () => {
    const sdk = createTestSdk()
    const tracer = sdk.providers.tracerProvider.getTracer('gen_ai')
    const agent = { 'gen_ai.operation.name': 'invoke_agent' }
    const outer = tracer.startSpan('invoke_agent', { attributes: agent })
    context.with(trace.setSpan(context.active(), outer), () =>
      call(createTest(sdk.providers).telemetry),
    )
    expect(sdk.spans()[0]).toMatchObject({ name: 'chat m-1', kind: SpanKind.CLIENT })
  })
})
