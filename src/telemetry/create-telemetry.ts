import type { Clock } from '../base/clock.ts'
import type { LogLevel, Telemetry } from '../base/telemetry-port.ts'
import type { TraceRecord } from '../model/trace.ts'
import { createCapture } from './capture.ts'
import type { Logger } from './logger.ts'
import { createOtelBridge, type OtelBridge } from './otel-bridge.ts'
import type { Redactor } from './redact/redactor.ts'
import { startRecording } from './trace-recorder.ts'

export interface TelemetryOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly redactor: Redactor
  /** Where finished traces go, sanitised. A failure is logged and counted; it never reaches a call. */
  readonly saveTrace: (trace: TraceRecord) => Promise<void>
  /** Default: the spans of the application's own OpenTelemetry SDK, if there is one. */
  readonly bridge?: OtelBridge
}

/** Telemetry with what its owner has to know. */
export interface LiveTelemetry extends Telemetry {
  /** Resolves when all traces that have ended are saved or have failed to be. */
  flush(): Promise<void>
  /** Traces that could not be saved. */
  readonly lostTraces: number
}

/** The implementation of the port: every word passes the redactor, then goes to all readers. */
export function createTelemetry(options: TelemetryOptions): LiveTelemetry {
  const { clock, logger, redactor } = options
  const bridge = options.bridge ?? createOtelBridge()
  const saving = new Set<Promise<void>>()
  let lostTraces = 0

  const log = (level: LogLevel, message: string, fields = {}, error?: unknown) => {
    const capture = createCapture(redactor.scope())
    const clean = capture.attributes(fields)
    if (error !== undefined) clean.error = capture.error(error)
    logger[level](clean, capture.text(message))
  }

  function save(trace: TraceRecord): void {
    const work: Promise<void> = options
      .saveTrace(trace)
      .catch((error: unknown) => {
        lostTraces++
        log('error', 'A trace could not be saved.', { traceId: trace.traceId }, error)
      })
      .finally(() => saving.delete(work))
    saving.add(work)
  }

  return {
    log,
    startTrace: (name, attributes = {}, parent) =>
      startRecording(
        {
          clock,
          bridge,
          capture: createCapture(redactor.scope()),
          onEnd(trace) {
            logTrace(trace, logger)
            save(trace)
          },
        },
        name,
        attributes,
        parent,
      ),
    async flush() {
      await Promise.all(saving)
    },
    get lostTraces() {
      return lostTraces
    },
  }
}

/** One line per call: what it was, how long each station took, what it cost. Already sanitised. */
function logTrace(trace: TraceRecord, logger: Logger): void {
  const rootId = trace.spans[0]?.spanId
  const stations: Record<string, number> = {}
  for (const span of trace.spans) {
    if (span.parentSpanId !== rootId) continue
    stations[span.name] = Math.round((stations[span.name] ?? 0) + span.durationMs)
  }
  logger.info(
    {
      traceId: trace.traceId,
      durationMs: Math.round(trace.durationMs),
      status: trace.status,
      ...trace.attributes,
      stations,
    },
    trace.name,
  )
}
