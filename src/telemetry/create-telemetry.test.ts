import { describe, expect, it } from 'vitest'
import type { Span } from '../base/telemetry-port.ts'
import type { LiveCallEvent } from '../model/live-call-event.ts'
import type { TraceRecord } from '../model/trace.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { createTelemetry, type TelemetryOptions } from './create-telemetry.ts'
import { createRedactor } from './redact/redactor.ts'
import { createTestSdk } from './sdk.fixture.ts'

function createTest(options: Partial<TelemetryOptions> = {}) {
  const clock = createFakeClock()
  const saved: TraceRecord[] = []
  const lines: object[] = []
  const write = (fields: object, message: string) => void lines.push({ ...fields, message })
  const logger = { debug: write, info: write, warn: write, error: write }
  const telemetry = createTelemetry({
    clock,
    logger,
    redactor: createRedactor(),
    traces: { save: async (trace) => void saved.push(trace) },
    ...options,
  })
  return { clock, saved, lines, telemetry }
}

const attemptAttributes = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5-mini',
  'holdfast.attempt.reason': 'first',
}

function endAttempt(root: Span, usage = { input: 100, output: 20 }): void {
  const attempt = root.child('chat gpt-5-mini', attemptAttributes, 'client')
  attempt.content('gen_ai.input.messages', [{ role: 'user', content: 'hello' }])
  attempt.content('gen_ai.output.messages', [{ role: 'assistant', content: 'hi' }])
  attempt.set({
    'gen_ai.usage.input_tokens': usage.input,
    'gen_ai.usage.output_tokens': usage.output,
    'gen_ai.response.time_to_first_chunk': 0.3,
    'gen_ai.response.finish_reasons': ['stop'],
  })
  attempt.end()
}

function linesOf(telemetry: { renderMetrics(): string }, start: string): string[] {
  const lines = telemetry.renderMetrics().split('\n')
  return lines.filter((line) => line.startsWith(start))
}

const canaries = {
  email: 'canary.kenarek@example.com',
  phone: '+49 151 23456789',
  card: '4111 1111 1111 1111',
  iban: 'DE89 3704 0044 0532 0130 00',
  apiKey: 'sk-proj-Q7fKx2mTz9vLw4RbYc8NdH3sJgPa6EuVoXi1',
  jwt: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
  url: 'https://admin:tr0ub4dor@db.example.net/x',
  password: 'Kanarienvogel!77',
}

/** What of each canary must be found nowhere. */
const traces = [
  'kenarek',
  '23456789',
  '1111 1111',
  '3704 0044',
  'Q7fKx2mTz9vLw4',
  'dozjgNryP4J3',
  'tr0ub4dor',
  'Kanarienvogel',
]

/** Puts the canaries wherever something can be observed. */
function sing(telemetry: ReturnType<typeof createTelemetry>): void {
  const { password, ...known } = canaries
  const all = [...Object.values(known), `password: ${password}`].join(' | ')
  const cause = Object.assign(new Error(`cause: ${all}`), { code: canaries.apiKey })
  const error = new Error(`upstream said: ${all}`, { cause })
  const root = telemetry.startTrace(`llm.call ${canaries.email}`, {
    'holdfast.pipeline': canaries.email,
    'gen_ai.conversation.id': canaries.email,
    'url.full': canaries.url,
    'http.request.header.authorization': `Bearer ${canaries.jwt}`,
    metadata: all,
    list: [canaries.phone, canaries.iban],
    password: canaries.password,
    [canaries.email]: 'as a key',
    card: 4_111_111_111_111_111,
  })
  root.content('input', { variables: { password: canaries.password, note: all } })
  root.content(canaries.email, all)
  root.event(`event ${canaries.email}`, { detail: all, password: canaries.password })
  const attempt = root.child(`chat ${canaries.apiKey}`, attemptAttributes, 'client')
  attempt.content('gen_ai.input.messages', [
    { role: 'system', content: all },
    { role: 'user', content: `password: ${canaries.password}` },
    { role: 'user', content: `${'filler '.repeat(20_000)} ${all}` },
  ])
  attempt.content('gen_ai.output.messages', [
    {
      role: 'assistant',
      content: all,
      toolCalls: [
        {
          id: 'c1',
          name: 'pay',
          arguments: JSON.stringify({
            to: canaries.iban,
            password: canaries.password,
            nested: JSON.stringify({ key: canaries.apiKey }),
          }),
        },
      ],
    },
    { role: 'tool', toolCallId: 'c1', toolName: 'pay', content: all },
  ])
  for (const character of `${'Dear all. '.repeat(60)}${all}`) attempt.progress?.(character)
  attempt.set({ 'gen_ai.response.id': canaries.jwt, 'gen_ai.response.model': canaries.email })
  attempt.end(error)
  root.set({ 'holdfast.degraded.reason': all })
  root.end(error)
  telemetry.log('error', `failed: ${all}`, { detail: all, apiKey: canaries.apiKey }, error)
  const labels = { model: canaries.apiKey, schema: canaries.email, rule: all }
  telemetry.measure('holdfast.output.recovered', 1, labels)
}

describe('what can be observed', () => {
  it.each(['otlp', 'datadog', 'grafana', 'langfuse'] as const)(
    'holds nothing private, for readers of %s',
    async (preset) => {
      for (const content of ['event', 'span'] as const) {
        const sdk = createTestSdk()
        const { telemetry, saved, lines } = createTest({ ...sdk.providers, preset, content })
        const live: LiveCallEvent[] = []
        telemetry.watch((event) => live.push(event) > 0)
        sing(telemetry)
        await telemetry.flush()
        const observed = {
          live,
          spans: sdk
            .spans()
            .map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
          logs: sdk.logs().map(({ body, attributes }) => ({ body, attributes })),
          metrics: await sdk.metrics(),
          prometheus: telemetry.renderMetrics(),
          saved,
          lines,
        }
        expect(observed.spans).toHaveLength(2)
        expect(observed.logs).toHaveLength(content === 'event' ? 1 : 0)
        expect(saved).toHaveLength(1)
        expect(live.filter(({ type }) => type === 'text').length).toBeGreaterThan(1)
        expect(live.at(-1)?.type).toBe('call-ended')
        expect(lines.length).toBeGreaterThanOrEqual(2)
        const text = JSON.stringify(observed)
        for (const trace of traces) expect(text).not.toContain(trace)
        expect(text).not.toContain('4111111111111111')
        // The texts themselves are there: nothing was withheld to pass.
        expect(text).toContain('[EMAIL_1]')
        expect(text).not.toContain('REDACTION_FAILED')
        await sdk.shutdown()
      }
    },
  )

  it('shows no text that began before anybody watched', () => {
    const { telemetry } = createTest()
    const root = telemetry.startTrace('llm.call greet')
    const attempt = root.child('chat gpt-5-mini', attemptAttributes, 'client')
    attempt.progress?.(canaries.apiKey.slice(0, 12))
    const live: LiveCallEvent[] = []
    telemetry.watch((event) => live.push(event) > 0)
    attempt.progress?.(canaries.apiKey.slice(12))
    root.end()
    expect(live.map(({ type }) => type)).toEqual(['span-ended', 'span-ended', 'call-ended'])
  })

  it('tells nothing live to those who have left, and counts what had no room', () => {
    const { telemetry } = createTest()
    let told = 0
    const leave = telemetry.watch(() => {
      told++
      return false
    })
    telemetry.startTrace('llm.call greet').end()
    leave()
    telemetry.startTrace('llm.call greet').end()
    expect(told).toBe(3)
    const dropped = 'holdfast_telemetry_dropped_total{sink="live",reason="no-reader"} 3'
    expect(telemetry.renderMetrics()).toContain(dropped)
  })

  it('counts what was redacted, by type', async () => {
    const { telemetry } = createTest()
    const root = telemetry.startTrace('llm.call greet')
    root.content('input', `${canaries.email} ${canaries.iban}`)
    root.end()
    await telemetry.flush()
    expect(telemetry.renderMetrics()).toContain('holdfast_redactions_total{type="IBAN"} 1')
  })

  it('withholds what cannot be redacted, and counts it', async () => {
    const redactor = createRedactor({
      detectors: [
        () => {
          throw new Error(canaries.email)
        },
      ],
    })
    const { telemetry, saved, lines } = createTest({ redactor })
    sing(telemetry)
    await telemetry.flush()
    const text = JSON.stringify([saved, lines])
    for (const trace of traces) expect(text).not.toContain(trace)
    expect(text).toContain('REDACTION_FAILED')
    expect(telemetry.renderMetrics()).toMatch(/^holdfast_redaction_failures_total [1-9]/m)
  })
})

describe('contents', () => {
  it('come as events that bear the trace id, and not on spans', async () => {
    const sdk = createTestSdk()
    const { telemetry } = createTest(sdk.providers)
    const root = telemetry.startTrace('llm.call greet')
    endAttempt(root)
    root.end()
    await telemetry.flush()
    const [event] = sdk.logs()
    const attempt = sdk.spans().find(({ name }) => name.startsWith('chat'))
    expect(event?.eventName).toBe('gen_ai.client.inference.operation.details')
    expect(event?.spanContext?.spanId).toBe(attempt?.spanContext().spanId)
    expect(event?.attributes).toMatchObject({
      'gen_ai.request.model': 'gpt-5-mini',
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.input.messages': [{ role: 'user', parts: [{ type: 'text', content: 'hello' }] }],
      'gen_ai.output.messages': [
        { role: 'assistant', parts: [{ type: 'text', content: 'hi' }], finish_reason: 'stop' },
      ],
    })
    expect(Object.keys(attempt?.attributes ?? {}).join()).not.toContain('messages')
    await sdk.shutdown()
  })

  it('come on spans where that is asked for, as JSON', async () => {
    const sdk = createTestSdk()
    const { telemetry } = createTest({ ...sdk.providers, content: 'span' })
    const root = telemetry.startTrace('llm.call greet')
    endAttempt(root)
    root.end()
    await telemetry.flush()
    const attributes = sdk.spans()[0]?.attributes ?? {}
    expect(JSON.parse(String(attributes['gen_ai.output.messages']))).toEqual([
      { role: 'assistant', parts: [{ type: 'text', content: 'hi' }], finish_reason: 'stop' },
    ])
    expect(sdk.logs()).toEqual([])
    await sdk.shutdown()
  })

  it('come in the body of the log for Loki', async () => {
    const sdk = createTestSdk()
    const { telemetry } = createTest({ ...sdk.providers, preset: 'grafana' })
    const root = telemetry.startTrace('llm.call greet')
    endAttempt(root)
    root.end()
    await telemetry.flush()
    const [event] = sdk.logs()
    expect(JSON.parse(String(event?.body))).toHaveProperty(['gen_ai.input.messages'])
    expect(event?.attributes).not.toHaveProperty(['gen_ai.input.messages'])
    await sdk.shutdown()
  })

  it('are kept in the store alone where they are off', async () => {
    const sdk = createTestSdk()
    const { telemetry, saved } = createTest({ ...sdk.providers, content: 'off' })
    const root = telemetry.startTrace('llm.call greet')
    endAttempt(root)
    root.end()
    await telemetry.flush()
    expect(JSON.stringify([sdk.spans().map((span) => span.attributes), sdk.logs()])).not.toContain(
      'hello',
    )
    expect(JSON.stringify(saved)).toContain('hello')
    await sdk.shutdown()
  })
})

describe('measurements', () => {
  it('come from the spans, for the SDK and for Prometheus alike', async () => {
    const sdk = createTestSdk()
    const { telemetry, clock } = createTest(sdk.providers)
    const root = telemetry.startTrace('llm.call greet', { 'holdfast.pipeline': 'greet' })
    await clock.advance(500)
    endAttempt(root)
    root.set({ 'holdfast.source': 'primary' })
    root.end()
    const exported = await sdk.metrics()
    const values = new Map(
      exported.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints]),
    )
    expect(values.get('gen_ai.client.token.usage')).toMatchObject([
      { attributes: { 'gen_ai.token.type': 'input' }, value: { sum: 100, count: 1 } },
      { attributes: { 'gen_ai.token.type': 'output' }, value: { sum: 20, count: 1 } },
    ])
    const boundaries = values.get('gen_ai.client.token.usage')?.[0]?.value as {
      buckets: { boundaries: number[] }
    }
    expect(boundaries.buckets.boundaries).toEqual([
      1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
    ])
    const names = [
      'gen_ai.client.operation.duration',
      'gen_ai.client.operation.time_to_first_chunk',
      'holdfast.call.duration',
      'holdfast.attempts',
      'holdfast.cost.usd',
    ]
    for (const name of names) expect([name, values.get(name)?.length]).toEqual([name, 1])
    const text = telemetry.renderMetrics()
    expect(text).toContain(
      'gen_ai_client_token_usage_sum{gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="gpt-5-mini",gen_ai_token_type="input"} 100',
    )
    expect(text).toContain(
      'holdfast_call_duration_seconds_bucket{holdfast_pipeline="greet",holdfast_source="primary",le="0.64"} 1',
    )
    // 100 input tokens at 0.25 and 20 output tokens at 2 dollars a million.
    expect(text).toMatch(/^holdfast_cost_usd_total\{.*\} 0\.000065$/m)
    await sdk.shutdown()
  })

  it('reach an SDK that is set up after the first call', async () => {
    const { telemetry } = createTest()
    telemetry.measure('holdfast.output.rejected', 1, { model: 'm', schema: 's', cause: 'schema' })
    expect(telemetry.renderMetrics()).toContain(
      'holdfast_output_rejected_total{model="m",schema="s",cause="schema"} 1',
    )
  })
})

describe('a reader that fails', () => {
  const forever = new Promise<never>(() => {})

  it('adds nothing to a call while the store hangs, and loses no count', async () => {
    const { telemetry, clock, lines } = createTest({ traces: { save: () => forever } })
    const startedAt = performance.now()
    for (let n = 0; n < 2_000; n++) {
      const root = telemetry.startTrace('llm.call greet')
      endAttempt(root)
      root.end()
    }
    expect((performance.now() - startedAt) / 2_000).toBeLessThan(1)
    await clock.advance(600 * 5_000)
    expect(telemetry.lostTraces).toBe(2_000)
    // One place in the queue was taken by the pruning at the start.
    expect(linesOf(telemetry, 'holdfast_telemetry_dropped')).toEqual([
      'holdfast_telemetry_dropped_total{sink="traces",reason="queue-full"} 1501',
      'holdfast_telemetry_dropped_total{sink="traces",reason="timeout"} 499',
    ])
    expect(lines).toContainEqual(
      expect.objectContaining({ message: 'A trace could not be kept (queue-full).' }),
    )
  })

  it('does not keep the application from closing', async () => {
    const { telemetry, clock } = createTest({ traces: { save: () => forever } })
    telemetry.startTrace('llm.call greet').end()
    let isFlushed = false
    void telemetry.flush(300).then(() => {
      isFlushed = true
    })
    await clock.advance(300)
    expect(isFlushed).toBe(true)
  })

  it('says that a trace was lost, and goes on with the next', async () => {
    const saved: string[] = []
    const save = async (trace: TraceRecord) => {
      if (trace.name.endsWith('bad')) throw new Error(`disk of ${canaries.email} is full`)
      saved.push(trace.name)
    }
    const { telemetry, lines } = createTest({ traces: { save } })
    for (const name of ['bad', 'good']) telemetry.startTrace(`llm.call ${name}`).end()
    await telemetry.flush()
    expect(saved).toEqual(['llm.call good'])
    expect(telemetry.lostTraces).toBe(1)
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: 'A trace could not be kept (error).',
        error: 'Error: disk of [EMAIL_1] is full',
      }),
    )
  })

  it('does not fail a call: not a logger, and not a processor of spans', () => {
    const fail = () => {
      throw new Error('no reader')
    }
    const processor = {
      onStart: fail,
      onEnd: fail,
      forceFlush: async () => {},
      shutdown: async () => {},
    }
    const sdk = createTestSdk({ processor })
    const logger = { debug: fail, info: fail, warn: fail, error: fail }
    const { telemetry } = createTest({ ...sdk.providers, logger })
    const root = telemetry.startTrace('llm.call greet')
    endAttempt(root)
    root.end()
    telemetry.log('warn', 'x')
    const text = telemetry.renderMetrics()
    expect(text).toMatch(/dropped_total\{sink="log",reason="error"\} 2/)
    expect(text).toMatch(/dropped_total\{sink="otel",reason="error"\} [1-9]/)
  })
})

describe('the trace store', () => {
  it('gets only what sampling keeps, and all that went wrong', async () => {
    const { telemetry, saved } = createTest({ sampling: { share: 0 } })
    for (let n = 0; n < 10; n++) telemetry.startTrace('llm.call greet').end()
    telemetry.startTrace('llm.call greet').end(new Error('x'))
    telemetry.startTrace('llm.call greet', { 'holdfast.degraded': true }).end()
    await telemetry.flush()
    expect(saved.map(({ status }) => status)).toEqual(['error', 'ok'])
  })

  it('has a trace begin with the wait in the queue', async () => {
    const { telemetry, clock, saved } = createTest()
    const sentAtMs = clock.now() - 700
    const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sentAtMs }
    const root = telemetry.startTrace('llm.call greet', {}, parent)
    await clock.advance(300)
    root.end()
    await telemetry.flush()
    expect(saved[0]).toMatchObject({ startedAtMs: sentAtMs, durationMs: 1_000 })
  })

  it('is pruned before anything is read', async () => {
    const prunes: object[] = []
    const traces = {
      save: async () => {},
      async prune(limits: object) {
        prunes.push(limits)
        return 0
      },
    }
    const { telemetry, clock } = createTest({ traces, retention: { maxAgeMs: 60_000 } })
    await telemetry.flush()
    expect(prunes).toEqual([
      { olderThanMs: clock.now() - 60_000, maxTraces: 10_000, maxBytes: 256 * 1024 * 1024 },
    ])
  })
})
