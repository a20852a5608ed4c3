import type { OtelMeter } from '../otel/otel-metrics.ts'
import type { RedactionStats } from '../redact/redaction-stats.ts'
import { type InstrumentName, instruments } from './instruments.ts'
import { LabelBounds } from './label-bounds.ts'
import { MetricRegistry, type Series } from './metric-registry.ts'
import { prometheusText } from './prometheus-text.ts'
import { SeriesIndex } from './series-index.ts'

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
  const indexes = new Map<InstrumentName, SeriesIndex>()
  let reported: RedactionStats = { found: {}, failures: 0 }

  function add(name: InstrumentName, value: number, labels: Labels): void {
    const series = seriesOf(name, labels)
    registry.add(name, series, value)
    otel?.record(name, value, series.attributes)
  }

  function seriesOf(name: InstrumentName, given: Labels): Series {
    const { labels } = instruments[name]
    let index = indexes.get(name)
    if (!index) {
      index = new SeriesIndex()
      indexes.set(name, index)
    }
    const known = index.find(labels, given)
    if (known) return known
    const values = labels.map((label) => {
      const value = given[label]
      return value === undefined || value === '' ? '' : bounds.bound(label, value)
    })
    const series = registry.find(name, values)
    index.remember(labels, given, series)
    return series
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
