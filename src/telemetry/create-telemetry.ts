import { type Clock, systemClock } from '../base/clock.ts'
import type { LogLevel, Telemetry } from '../base/telemetry-port.ts'
import type { CallSummary } from '../model/live-call-event.ts'
import { listPrices, type PriceTable } from '../model/price.ts'
import { linesOf } from './call-log.ts'
import { type Capture, createCapture } from './capture.ts'
import { CleanMemo } from './clean-memo.ts'
import { createDropCounter, type DropCounter } from './drop-counter.ts'
import { finishSpan } from './finish-span.ts'
import { createLiveTail, type LiveListener } from './live-tail.ts'
import { createLogger, type Logger } from './logger.ts'
import { createSpanMeter } from './metrics/measure-spans.ts'
import { createMetrics } from './metrics/metrics.ts'
import { createOtelBridge } from './otel/otel-bridge.ts'
import { createOtelMeter } from './otel/otel-metrics.ts'
import { createRedactor, type Redactor } from './redact/redactor.ts'
import { resolveReader, type TelemetrySettings } from './telemetry-settings.ts'
import { type EndedTrace, type RecorderOptions, startRecording } from './trace-recorder.ts'
import type { TraceSink } from './traces/trace-keeper.ts'
import { createTraceOutlet } from './traces/trace-outlet.ts'

export interface TelemetryOptions extends TelemetrySettings {
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Default: JSON lines on standard error. */
  readonly logger?: Logger
  /** Default: all types but names of persons. */
  readonly redactor?: Redactor
  /** Where finished traces are kept, sanitised. A failure is logged and counted; it never reaches a call. */
  readonly traces?: TraceSink
  /** For the cost of attempts. Default: the list prices. */
  readonly prices?: PriceTable
}

/** Telemetry with what its owner has to know. */
export interface LiveTelemetry extends Telemetry {
  /**
   * Resolves when all traces that have ended are kept or lost, at the latest after `timeoutMs` (default
   * 5,000).
   */
  flush(timeoutMs?: number): Promise<void>
  /** Traces that should have been kept and were not. */
  readonly lostTraces: number
  /**
   * Tells what happens in this process as it happens, sanitised, until what it returns is called. The
   * listener says whether it had room for an event; what it had not is counted as dropped.
   */
  watch(listener: LiveListener): () => void
  /** What `GET /metrics` answers with, in the text format of Prometheus. */
  renderMetrics(): string
}

/** A store that hangs must not hold up whoever closes the application. */
const defaultFlushMs = 5_000

/**
 * The implementation of the port: every word passes `capture`, then goes to all readers.
 *
 * @throws INVALID_CONFIG where a setting cannot work.
 *
 * @example
 * const telemetry = createTelemetry({ preset: 'grafana' })
 * const model = protect([primary, fallback], { telemetry })
 */
export function createTelemetry(options: TelemetryOptions = {}): LiveTelemetry {
  const {
    clock = systemClock,
    logger = createLogger(),
    redactor = createRedactor(),
    prices = listPrices,
  } = options
  const reader = resolveReader(options)
  const isOn = options.otel ?? true
  const memo = new CleanMemo()
  let failures = 0
  const metrics = createMetrics({
    otel: isOn ? createOtelMeter(options.meterProvider) : undefined,
    redactions() {
      const { found, failures: inside } = redactor.stats()
      return { found, failures: inside + failures }
    },
  })
  const drops: DropCounter = createDropCounter(metrics, logger)
  const live = createLiveTail(drops)
  const openCapture = (): Capture => createCapture({ redactor, memo, onFailure: () => failures++ })

  const write = (level: LogLevel, fields: object, message: string) =>
    drops.guard('log', () => logger[level](fields, message))

  function log(level: LogLevel, message: string, raw = {}, error?: unknown): void {
    const capture = openCapture()
    const fields: Record<string, unknown> = capture.attributes(raw)
    if (error !== undefined) {
      const { summary, stack } = capture.error(error)
      fields.error = summary
      if (level === 'error' && stack !== undefined) fields.stack = stack
    }
    write(level, fields, capture.text(message))
  }

  const outlet = createTraceOutlet({
    clock,
    reader,
    metrics,
    drops,
    log,
    settings: options,
    ...(options.traces && { sink: options.traces }),
  })
  const meter = createSpanMeter(metrics, prices)
  const bridge = isOn
    ? createOtelBridge({
        ...(options.tracerProvider && { tracerProvider: options.tracerProvider }),
        maxAttributeBytes: reader.maxAttributeBytes,
        onError: () => drops.count('otel', 'error'),
      })
    : undefined

  const recorder: Omit<RecorderOptions, 'capture'> = {
    clock,
    bridge,
    live,
    onSpanEnd(span, root, capture) {
      drops.guard('metrics', () => meter.measure(span, root))
      drops.guard('otel', () => finishSpan(span, { reader, prices, capture }))
    },
    onEnd(trace: EndedTrace) {
      if (live.isWatched) live.tell({ type: 'call-ended', call: summaryOf(trace) })
      for (const { level, fields, message } of linesOf(trace)) write(level, fields, message)
      outlet.take(trace)
    },
  }

  return {
    log,
    startTrace: (name, attributes = {}, parent) =>
      startRecording({ ...recorder, capture: openCapture() }, name, attributes, parent),
    measure(name, value, labels) {
      const clean = openCapture().attributes({ ...labels })
      metrics.record(name, value, stringsOf(clean))
    },
    flush: (timeoutMs = defaultFlushMs) => outlet.flush(timeoutMs),
    watch: (listener) => live.watch(listener),
    get lostTraces() {
      return outlet.lost
    },
    renderMetrics() {
      drops.countLogLines()
      return metrics.render()
    },
  }
}

function summaryOf({ capture: _capture, spans, ...trace }: EndedTrace): CallSummary {
  return { ...trace, spanCount: spans.length }
}

function stringsOf(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]))
}
