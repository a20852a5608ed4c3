import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  InMemorySpanExporter,
  type Sampler,
  SimpleSpanProcessor,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

/** An OpenTelemetry SDK of its own for one test: everything that is exported lies in memory. */
export function createTestSdk(options: { sampler?: Sampler; processor?: SpanProcessor } = {}) {
  const spans = new InMemorySpanExporter()
  const logs = new InMemoryLogRecordExporter()
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({
    exporter: metrics,
    exportIntervalMillis: 3_600_000,
  })
  const tracerProvider = new TracerProvider({
    spanProcessors: [options.processor ?? new SimpleSpanProcessor({ exporter: spans })],
    ...(options.sampler && { sampler: options.sampler }),
  })
  const loggerProvider = new LoggerProvider({
    processors: [new SimpleLogRecordProcessor({ exporter: logs })],
  })
  const meterProvider = new MeterProvider({ readers: [reader] })
  return {
    providers: { tracerProvider, loggerProvider, meterProvider },
    spans: () => spans.getFinishedSpans(),
    logs: () => logs.getFinishedLogRecords(),
    async metrics() {
      await reader.forceFlush()
      return (metrics.getMetrics().at(-1)?.scopeMetrics ?? []).flatMap((scope) => scope.metrics)
    },
    shutdown: () => meterProvider.shutdown(),
  }
}
