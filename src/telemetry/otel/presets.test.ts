import { describe, expect, it } from 'vitest'
import type { SpanRecord } from '../../model/trace.ts'
import { attemptSpan } from './attempt.fixture.ts'
import { contentAttributes } from './content-events.ts'
import { datadogEndpoints, grafanaEndpoints, langfuseEndpoint, otlpEndpoints } from './endpoints.ts'
import { readerRules } from './presets.ts'

const prices = { 'm-1': { input: 1, output: 10, cachedInput: 0.1 } }

const attempt: SpanRecord = attemptSpan({
  'gen_ai.request.model': 'm-1',
  'gen_ai.usage.input_tokens': 1_000_000,
  'gen_ai.usage.output_tokens': 100_000,
  'gen_ai.usage.cache_read.input_tokens': 400_000,
  'gen_ai.response.time_to_first_chunk': 0.25,
})

describe('readerRules', () => {
  it('tells Langfuse time to first chunk, usage and cost in its own words', () => {
    expect(readerRules('langfuse').aliases(attempt, prices)).toEqual({
      'langfuse.observation.completion_start_time': '2026-01-01T00:00:00.250Z',
      'langfuse.observation.usage_details':
        '{"input":600000,"input_cached_tokens":400000,"output":100000}',
      'langfuse.observation.cost_details': '{"total":1.64}',
    })
  })

  it('names the trace and the session for Langfuse', () => {
    const root: SpanRecord = {
      ...attempt,
      name: 'llm.call greet',
      kind: 'internal',
      attributes: { 'holdfast.pipeline': 'greet', 'gen_ai.conversation.id': 'c7' },
    }
    expect(readerRules('langfuse').aliases(root, prices)).toEqual({
      'langfuse.trace.name': 'greet',
      'session.id': 'c7',
    })
  })

  it('says nothing of what is not known', () => {
    const failed: SpanRecord = { ...attempt, attributes: {} }
    expect(readerRules('langfuse').aliases(failed, prices)).toEqual({})
    expect(readerRules('langfuse').aliases(attempt, {})).not.toHaveProperty(
      'langfuse.observation.cost_details',
    )
  })

  it('keeps attributes for Tempo below its limit, with valid JSON', () => {
    const { maxAttributeBytes, content } = readerRules('grafana')
    const messages = Array.from({ length: 80 }, (_, n) => ({
      role: 'user',
      content: `${n} ${'ü'.repeat(300)}`,
    }))
    const set = contentAttributes(
      { ...attempt, content: { 'gen_ai.input.messages': messages } },
      maxAttributeBytes,
    )
    const json = set['gen_ai.input.messages'] ?? ''
    expect(Buffer.byteLength(json)).toBeLessThanOrEqual(2_048)
    expect(JSON.parse(json)[0].parts[0].content).toMatch(/^0 ü/)
    expect(JSON.parse(json).at(-1).parts[0].content).toMatch(/^79 ü/)
    expect(content).toBe('event')
  })

  it('keeps contents off spans by default', () => {
    expect(readerRules().content).toBe('event')
  })

  it('refuses a preset that it does not know', () => {
    expect(() => readerRules('splunk' as never)).toThrow(
      'telemetry.preset is "splunk"; expected one of otlp, datadog, grafana, langfuse.',
    )
  })
})

describe('endpoints', () => {
  it('knows where Datadog takes each signal', () => {
    const { traces, metrics } = datadogEndpoints({ apiKey: 'k', site: 'datadoghq.eu' })
    expect(traces).toEqual({
      url: 'https://otlp.datadoghq.eu/v1/traces',
      headers: { 'dd-api-key': 'k', 'dd-otlp-source': 'llmobs' },
    })
    expect(metrics).toEqual({
      url: 'https://otlp.datadoghq.eu/v1/metrics',
      headers: { 'dd-api-key': 'k' },
    })
  })

  it('writes the credentials of Grafana Cloud and Langfuse as they want them', () => {
    const endpoint = 'https://otlp-gateway-prod-eu-west-2.grafana.net/otlp/'
    const { logs } = grafanaEndpoints({ endpoint, instanceId: '12', token: 'glc_x' })
    expect(logs.url).toBe('https://otlp-gateway-prod-eu-west-2.grafana.net/otlp/v1/logs')
    expect(logs.headers.authorization).toBe('Basic MTI6Z2xjX3g=')
    const { traces } = langfuseEndpoint({ publicKey: 'pk', secretKey: 'sk' })
    expect(traces.url).toBe('https://cloud.langfuse.com/api/public/otel/v1/traces')
    expect(traces.headers).toEqual({
      authorization: 'Basic cGs6c2s=',
      'x-langfuse-ingestion-version': '4',
    })
  })

  it('takes any collector', () => {
    expect(otlpEndpoints({ endpoint: 'http://localhost:4318' }).traces).toEqual({
      url: 'http://localhost:4318/v1/traces',
      headers: {},
    })
  })

  it('says which credential is missing, and shows none', () => {
    expect(() => datadogEndpoints({ apiKey: '' })).toThrow('apiKey is "empty"; expected a value.')
  })
})
