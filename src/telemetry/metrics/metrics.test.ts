import { describe, expect, it } from 'vitest'
import { type InstrumentName, instruments } from './instruments.ts'
import { createMetrics, type Metrics, type MetricsOptions } from './metrics.ts'

function createTestMetrics(options: Partial<MetricsOptions> = {}): Metrics {
  const redactions = () => ({ found: {}, failures: 0 })
  return createMetrics({ otel: undefined, redactions, ...options })
}

function linesOf(metrics: Metrics, start: string): string[] {
  return metrics
    .render()
    .split('\n')
    .filter((line) => line.startsWith(start))
}

const models = 'gen_ai.request.model'

describe('metrics', () => {
  it('prints histograms with cumulated buckets and the unit in the name', () => {
    const metrics = createTestMetrics()
    for (const value of [0.005, 0.05, 0.05, 500]) {
      metrics.record('holdfast.queue.wait', value, { 'holdfast.pipeline': 'greet' })
    }
    const name = 'holdfast_queue_wait_seconds'
    const lines = linesOf(metrics, name)
    expect(lines[0]).toBe(`${name}_bucket{holdfast_pipeline="greet",le="0.001"} 0`)
    expect(lines).toContain(`${name}_bucket{holdfast_pipeline="greet",le="0.005"} 1`)
    expect(lines).toContain(`${name}_bucket{holdfast_pipeline="greet",le="0.05"} 3`)
    expect(lines).toContain(`${name}_bucket{holdfast_pipeline="greet",le="300"} 3`)
    expect(lines).toContain(`${name}_bucket{holdfast_pipeline="greet",le="+Inf"} 4`)
    expect(lines).toContain(`${name}_sum{holdfast_pipeline="greet"} 500.105`)
    expect(lines).toContain(`${name}_count{holdfast_pipeline="greet"} 4`)
  })

  it('prints counters with _total, and escapes labels', () => {
    const metrics = createTestMetrics()
    metrics.record('holdfast.telemetry.dropped', 2, { sink: 'log', reason: 'a "b"\n\\c' })
    metrics.record('holdfast.telemetry.dropped', 3, { sink: 'log', reason: 'a "b"\n\\c' })
    expect(linesOf(metrics, 'holdfast_telemetry_dropped')).toEqual([
      'holdfast_telemetry_dropped_total{sink="log",reason="a \\"b\\"\\n\\\\c"} 5',
    ])
  })

  it('leaves out labels without a value and those it does not have', () => {
    const metrics = createTestMetrics()
    metrics.record('holdfast.redaction.failures', 1, { user: 'u1' })
    metrics.record('holdfast.calls.degraded', 1, { 'holdfast.source': 'canned' })
    const text = metrics.render()
    expect(text).toContain('\nholdfast_redaction_failures_total 1\n')
    expect(text).toContain('\nholdfast_calls_degraded_total{holdfast_source="canned"} 1\n')
  })

  it('describes every instrument, measured or not', () => {
    const text = createTestMetrics().render()
    expect(text.match(/^# TYPE /gm)).toHaveLength(Object.keys(instruments).length)
    expect(text).toContain('# TYPE gen_ai_client_token_usage histogram')
  })

  it('does not let callers inflate the number of series', () => {
    const metrics = createTestMetrics()
    for (let user = 0; user < 20_000; user++) {
      const labels = { [models]: `model-of-user-${user}`, 'holdfast.pipeline': `p${user}` }
      metrics.record('holdfast.attempts', 1, labels)
      metrics.record('gen_ai.client.operation.duration', 1, labels)
    }
    const attempts = linesOf(metrics, 'holdfast_attempts_total')
    expect(attempts.length).toBeLessThanOrEqual(300)
    expect(attempts.filter((line) => line.includes('"other"')).length).toBeGreaterThan(0)
    const counted = attempts.map((line) => Number(line.slice(line.lastIndexOf(' '))))
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(20_000)
    const counts = linesOf(metrics, 'gen_ai_client_operation_duration_seconds_count')
    expect(counts.length).toBeLessThanOrEqual(300)
  })

  it('bounds the combinations too', () => {
    const metrics = createTestMetrics()
    for (let index = 0; index < 40 * 40; index++) {
      metrics.record('holdfast.attempts', 1, {
        'holdfast.pipeline': `p${index % 40}`,
        [models]: `m${Math.floor(index / 40)}`,
      })
    }
    const lines = linesOf(metrics, 'holdfast_attempts_total')
    expect(lines.length).toBe(301)
    expect(lines.at(-1)).toMatch(/"other".* 1300$/)
  })

  it('takes names that are too long for no name', () => {
    const metrics = createTestMetrics()
    metrics.record('holdfast.attempts', 1, { [models]: 'x'.repeat(500) })
    expect(linesOf(metrics, 'holdfast_attempts_total')).toEqual([
      'holdfast_attempts_total{gen_ai_request_model="other"} 1',
    ])
  })

  it('ignores what is no number', () => {
    const metrics = createTestMetrics()
    metrics.record('holdfast.cost.usd', Number.NaN, {})
    metrics.record('holdfast.cost.usd', Number.POSITIVE_INFINITY, {})
    expect(linesOf(metrics, 'holdfast_cost')).toEqual([])
  })

  it('adds what the redactor replaced since the last time', () => {
    let found: Record<string, number> = { EMAIL: 2 }
    const recorded: [InstrumentName, number][] = []
    const metrics = createTestMetrics({
      redactions: () => ({ found, failures: 1 }),
      otel: { record: (name, value) => void recorded.push([name, value]) },
    })
    metrics.countRedactions()
    found = { EMAIL: 5, IBAN: 1 }
    expect(linesOf(metrics, 'holdfast_redaction')).toEqual([
      'holdfast_redactions_total{type="EMAIL"} 5',
      'holdfast_redactions_total{type="IBAN"} 1',
      'holdfast_redaction_failures_total 1',
    ])
    expect(recorded).toEqual([
      ['holdfast.redactions', 2],
      ['holdfast.redaction.failures', 1],
      ['holdfast.redactions', 3],
      ['holdfast.redactions', 1],
    ])
  })
})
