import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as ProtobufLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPMetricExporter as ProtobufMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordExporter,
} from '@opentelemetry/sdk-logs'
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics'
import {
  BatchSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

const at = (url: string, signal: string) => ({ url: `${url}/v1/${signal}` })

interface Exporters {
  readonly traces: SpanExporter
  readonly logs: LogRecordExporter
  readonly metrics: PushMetricExporter
}

export function jsonExporters(url: string): Exporters {
  return {
    traces: new OTLPTraceExporter(at(url, 'traces')),
    logs: new OTLPLogExporter(at(url, 'logs')),
    metrics: new OTLPMetricExporter(at(url, 'metrics')),
  }
}

export function protobufExporters(url: string): Exporters {
  return {
    traces: new ProtobufTraceExporter(at(url, 'traces')),
    logs: new ProtobufLogExporter(at(url, 'logs')),
    metrics: new ProtobufMetricExporter(at(url, 'metrics')),
  }
}

/** An SDK that exports to all of them; `tally` sees each span besides. */
export function createSdk(exporters: readonly Exporters[], tally: SpanProcessor) {
  const maxQueueSize = 10_000
  const spans = exporters.map(
    ({ traces }) => new BatchSpanProcessor({ exporter: traces, maxQueueSize }),
  )
  const logs = exporters.map(
    (each) => new BatchLogRecordProcessor({ exporter: each.logs, maxQueueSize }),
  )
  const readers = exporters.map(
    ({ metrics }) =>
      new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 }),
  )
  const tracerProvider = new TracerProvider({ spanProcessors: [tally, ...spans] })
  const loggerProvider = new LoggerProvider({ processors: logs })
  const meterProvider = new MeterProvider({ readers })
  return {
    providers: { tracerProvider, loggerProvider, meterProvider },
    flush: () => Promise.all([...spans, ...logs, ...readers].map((each) => each.forceFlush())),
    shutdown: () =>
      Promise.all([tracerProvider.shutdown(), loggerProvider.shutdown(), meterProvider.shutdown()]),
  }
}

/** Sees each span when it starts and each call of its `end`, of which the SDK itself ignores a second. */
export function createTally() {
  const open = new Map<string, string>()
  const wrong: string[] = []
  let started = 0
  const processor: SpanProcessor & {
    open: Map<string, string>
    wrong: string[]
    started(): number
  } = {
    open,
    wrong,
    started: () => started,
    onStart(span) {
      started++
      const { spanId } = span.spanContext()
      open.set(spanId, span.name)
      const end = span.end.bind(span)
      span.end = (time) => {
        if (!open.delete(spanId)) wrong.push(`${span.name} ended twice`)
        end(time)
      }
    },
    onEnd: () => {},
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  return processor
}
