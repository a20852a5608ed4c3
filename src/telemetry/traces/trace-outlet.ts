import type { Clock } from '../../base/clock.ts'
import type { LogLevel } from '../../base/telemetry-port.ts'
import { enqueueSpanPrefix } from '../../model/conventions.ts'
import type { SpanRecord, TraceRecord } from '../../model/trace.ts'
import { cleanContent } from '../clean-content.ts'
import type { DropCounter } from '../drop-counter.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { createContentEvents } from '../otel/content-events.ts'
import type { ReaderRules } from '../otel/presets.ts'
import { toRecord } from '../span-record.ts'
import type { TelemetrySettings } from '../telemetry-settings.ts'
import type { EndedSpan, EndedTrace } from '../trace-recorder.ts'
import { createTailSampler } from './tail-sampler.ts'
import { createTraceKeeper, type TraceSink } from './trace-keeper.ts'
import { createWorkQueue } from './work-queue.ts'

/** Takes traces that have ended, and does the slow part beside the calls: contents, events, keeping. */
export interface TraceOutlet {
  /** Returns at once; what there is no room for is counted and lost. */
  take(trace: EndedTrace): void
  flush(timeoutMs: number): Promise<void>
  readonly lost: number
}

export interface TraceOutletOptions {
  readonly clock: Clock
  readonly reader: ReaderRules
  readonly metrics: Metrics
  readonly drops: DropCounter
  log(level: LogLevel, message: string, fields: Record<string, string>, error?: unknown): void
  readonly settings: TelemetrySettings
  readonly sink?: TraceSink
}

/** What may wait while the store is slow: a few seconds of a busy service, or 64 MB of prompts. */
const limits = { maxLength: 500, maxSize: 32 * 1024 * 1024, timeoutMs: 5_000 }

export function createTraceOutlet(options: TraceOutletOptions): TraceOutlet {
  const { clock, reader, metrics, drops, log, settings, sink } = options
  const queue = createWorkQueue({ clock, ...limits })
  const sampler = createTailSampler(settings.sampling)
  const keeper = sink && createTraceKeeper(sink, clock, settings.retention)
  const isOn = settings.otel ?? true
  const events =
    isOn && reader.content === 'event'
      ? createContentEvents(reader, settings.loggerProvider)
      : undefined
  let lost = 0

  function lose(
    reason: 'error' | 'timeout' | 'queue-full',
    traceId: string,
    error?: unknown,
  ): void {
    lost++
    drops.count('traces', reason)
    // A full queue is said once a minute at most: it comes with every call.
    if (reason !== 'queue-full' || isTimeToSaySo()) {
      log('error', `A trace could not be kept (${reason}).`, { traceId }, error)
    }
  }

  let saidAtMs = Number.NEGATIVE_INFINITY
  function isTimeToSaySo(): boolean {
    if (clock.now() - saidAtMs < 60_000) return false
    saidAtMs = clock.now()
    return true
  }

  async function letOut(trace: EndedTrace, isKept: boolean, tellsContent: boolean): Promise<void> {
    const spans: SpanRecord[] = []
    for (const span of trace.spans) {
      const record = toRecord(span, await cleanContents(span, trace))
      spans.push(record)
      if (tellsContent && isAttempt(span)) tell(record, span)
    }
    metrics.countRedactions()
    if (keeper && isKept) await keeper.keep(recordOf(trace, spans), isPart(trace))
  }

  function tell(record: SpanRecord, { bridged }: EndedSpan): void {
    // Where the SDK gives spans ids and does not record this one, its sampler has decided against it.
    if (!bridged || bridged.isCovered || (bridged.ids && !bridged.isRecording)) return
    drops.guard('otel', () => events?.emit(record, bridged.context))
  }

  function prune(): void {
    if (!keeper) return
    const onFailure = (_reason: string, error: unknown) =>
      log('warn', 'Old traces could not be deleted.', {}, error)
    queue.offer({ size: 0, run: () => keeper.pruneIfDue(), onFailure })
  }
  prune()

  return {
    take(trace) {
      const isKept = keeper !== undefined && sampler.decide(trace) !== undefined
      const tellsContent = events?.isEnabled === true && trace.spans.some(isAttempt)
      if (!isKept && !tellsContent) return metrics.countRedactions()
      const { traceId } = trace
      const isTaken = queue.offer({
        size: sizeOf(trace),
        run: () => letOut(trace, isKept, tellsContent),
        onFailure: (reason, error) => lose(reason, traceId, error),
      })
      if (!isTaken) lose('queue-full', traceId)
    },
    flush(timeoutMs) {
      prune()
      return queue.settled(timeoutMs)
    },
    get lost() {
      return lost
    },
  }
}

async function cleanContents(
  { rawContent }: EndedSpan,
  { capture }: EndedTrace,
): Promise<Record<string, unknown>> {
  const content: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(rawContent)) {
    content[capture.text(name)] = await cleanContent(value, capture)
  }
  return content
}

/** The wait in a queue lies before the root: the trace begins with it. */
function recordOf({ capture: _capture, ...trace }: EndedTrace, spans: SpanRecord[]): TraceRecord {
  const startedAtMs = Math.min(...spans.map((span) => span.startedAtMs))
  const durationMs = trace.startedAtMs + trace.durationMs - startedAtMs
  return { ...trace, startedAtMs, durationMs, spans }
}

/** Whether other parts of the trace may be kept already, or come later. */
function isPart({ name, spans }: EndedTrace): boolean {
  return spans[0]?.parentSpanId !== undefined || name.startsWith(enqueueSpanPrefix)
}

const isAttempt = (span: EndedSpan) => span.kind === 'client'

/** Characters of the messages, which make up nearly all of a trace. */
function sizeOf({ spans }: EndedTrace): number {
  let size = 0
  for (const { rawContent, attributes } of spans) {
    size += Object.keys(attributes).length * 64
    for (const value of Object.values(rawContent)) size += lengthOf(value, 3)
  }
  return size
}

function lengthOf(value: unknown, depth: number): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null || depth === 0) return 16
  let length = 16
  for (const item of Object.values(value)) length += lengthOf(item, depth - 1)
  return length
}
