import type { Logger } from './logger.ts'
import type { Metrics } from './metrics/metrics.ts'

/** What could not be told: counted by where it should have gone, and why it did not. */
export interface DropCounter {
  count(
    sink: Sink,
    reason: 'error' | 'timeout' | 'queue-full' | 'no-reader',
    records?: number,
  ): void
  /** Runs what must not fail a call: an error is counted, and that is all. */
  guard(sink: Sink, work: () => void): void
  /** Takes over what the logger has dropped since the last time. */
  countLogLines(): void
}

export type Sink = 'log' | 'otel' | 'metrics' | 'traces' | 'live'

export function createDropCounter(metrics: Metrics, logger: Logger): DropCounter {
  let lines = 0
  const count: DropCounter['count'] = (sink, reason, records = 1) =>
    metrics.record('holdfast.telemetry.dropped', records, { sink, reason })
  return {
    count,
    guard(sink, work) {
      try {
        work()
      } catch {
        // It may be the log itself that fails, so the count is all there is to say.
        count(sink, 'error')
      }
    },
    countLogLines() {
      const now = logger.droppedLines ?? 0
      if (now > lines) count('log', 'no-reader', now - lines)
      lines = now
    },
  }
}
