import { type Instrument, instruments } from './instruments.ts'
import type { MetricRegistry, Series } from './metric-registry.ts'

/** What `GET /metrics` answers with. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * The text format of Prometheus (version 0.0.4). Names are those that OpenTelemetry's own translation
 * gives: dots become underscores, `s` becomes `_seconds`, counters end in `_total`, so that a dashboard
 * serves this endpoint and a collector alike.
 */
export function prometheusText(registry: MetricRegistry): string {
  const lines: string[] = []
  for (const [name, series] of registry.entries()) {
    const instrument: Instrument = instruments[name]
    const metric = prometheusName(name, instrument)
    lines.push(`# HELP ${metric} ${instrument.description}`, `# TYPE ${metric} ${instrument.kind}`)
    for (const each of series) {
      if (instrument.kind === 'counter') {
        lines.push(`${metric}${labelText(instrument, each)} ${each.sum}`)
      } else lines.push(...histogramLines(metric, instrument, each))
    }
  }
  return `${lines.join('\n')}\n`
}

export function prometheusName(name: string, { kind, unit }: Instrument): string {
  const base = name.replaceAll('.', '_')
  if (kind === 'counter') return `${base}_total`
  return unit === 's' ? `${base}_seconds` : base
}

function histogramLines(
  metric: string,
  instrument: Instrument & { kind: 'histogram' },
  series: Series,
): string[] {
  let cumulated = 0
  const boundaries = [...instrument.buckets.map(String), '+Inf']
  const lines = boundaries.map((boundary, index) => {
    cumulated += series.buckets[index] ?? 0
    return `${metric}_bucket${labelText(instrument, series, boundary)} ${cumulated}`
  })
  const labels = labelText(instrument, series)
  return [
    ...lines,
    `${metric}_sum${labels} ${series.sum}`,
    `${metric}_count${labels} ${series.count}`,
  ]
}

function labelText({ labels }: Instrument, series: Series, boundary?: string): string {
  const pairs = labels.map((label, index) => [
    label.replaceAll('.', '_'),
    series.labels[index] ?? '',
  ])
  if (boundary !== undefined) pairs.push(['le', boundary])
  // An empty label is the same as none.
  const shown = pairs.filter(([, value]) => value !== '')
  if (shown.length === 0) return ''
  return `{${shown.map(([label, value = '']) => `${label}="${escaped(value)}"`).join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
