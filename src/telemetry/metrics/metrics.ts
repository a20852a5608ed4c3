import type { OtelMeter } from '../otel/otel-metrics.ts'
import type { RedactionStats } from '../redact/redaction-stats.ts'
import { type InstrumentName, instruments } from './instruments.ts'
import { LabelBounds } from './label-bounds.ts'
import { MetricRegistry } from './metric-registry.ts'
import { prometheusText } from './prometheus-text.ts'

export type Labels = Readonly<Record<string, string | undefined>>

/** All that is counted and timed, for the application's SDK and for `/metrics` from the same numbers. */
export interface Metrics {
  /** Labels that the instrument does not have are left out. Values have to be sanitised. */
  record(name: InstrumentName, value: number, labels: Labels): void
  /** Adds what the redactor has replaced since the last time. */
  countRedactions(): void
  /** The text for Prometheus. */
  render(): string
}

export interface MetricsOptions {
  /** Undefined where OpenTelemetry is off. */
  readonly otel: OtelMeter | undefined
  redactions(): RedactionStats
}

export function createMetrics({ otel, redactions }: MetricsOptions): Metrics {
  const registry = new MetricRegistry()
  const bounds = new LabelBounds()
  let reported: RedactionStats = { found: {}, failures: 0 }

  function add(name: InstrumentName, value: number, labels: Labels): void {
    const values = instruments[name].labels.map((label) => {
      const given = labels[label]
      return given === undefined || given === '' ? '' : bounds.bound(label, given)
    })
    const { attributes } = registry.add(name, value, values)
    otel?.record(name, value, attributes)
  }

  function countRedactions(): void {
    const now = redactions()
    for (const [type, count] of Object.entries(now.found)) {
      const more = count - (reported.found[type] ?? 0)
      if (more > 0) add('holdfast.redactions', more, { type })
    }
    const failures = now.failures - reported.failures
    if (failures > 0) add('holdfast.redaction.failures', failures, {})
    reported = now
  }

  return {
    record(name, value, labels) {
      if (!Number.isFinite(value)) return
      add(name, value, labels)
    },
    countRedactions,
    render() {
      countRedactions()
      return prometheusText(registry)
    },
  }
}
