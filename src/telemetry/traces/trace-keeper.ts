import type { Clock } from '../../base/clock.ts'
import { invalidConfig } from '../../base/errors.ts'
import type { TraceRecord } from '../../model/trace.ts'
import { mergeTraces } from './merge-traces.ts'

/** Where traces are kept: a `TraceStore`, or anything that takes them. */
export interface TraceSink {
  save(trace: TraceRecord): Promise<void>
  /** Needed to put the parts of one trace together; without it the last part replaces those before. */
  get?(traceId: string): Promise<TraceRecord | undefined>
  /** Needed for retention; without it the sink looks after itself. */
  prune?(limits: {
    readonly olderThanMs: number
    readonly maxTraces: number
    readonly maxBytes: number
  }): Promise<number>
}

export interface RetentionPolicy {
  /** Traces that began before this long ago are deleted. Default seven days. */
  readonly maxAgeMs?: number
  /** The oldest beyond this many are deleted. Default 10,000. */
  readonly maxTraces?: number
  /** The oldest beyond so many bytes of records altogether are deleted. Default 256 MiB. */
  readonly maxBytes?: number
}

/** A week is what a team looks back over; prompts that lie around longer are a risk without a use. */
const defaultMaxAgeMs = 7 * 24 * 3_600_000

/** A trace with its contents has some 20 KB, so this is about 200 MB. */
const defaultMaxTraces = 10_000

/** Above what that many usual traces take: it bounds the disk where prompts are long. */
const defaultMaxBytes = 256 * 1024 * 1024

/** Pruning scans an index; nothing is gained by doing it for each trace. */
const pruneEveryMs = 10 * 60_000
const pruneEverySaves = 500

export interface TraceKeeper {
  /** Saves a trace, put together with the parts of it that are there. `isPart`: others may be. */
  keep(trace: TraceRecord, isPart: boolean): Promise<void>
  /** Deletes what is too old or too much, where it has not just been done. */
  pruneIfDue(): Promise<void>
}

export function createTraceKeeper(
  sink: TraceSink,
  clock: Clock,
  policy: RetentionPolicy = {},
): TraceKeeper {
  const {
    maxAgeMs = defaultMaxAgeMs,
    maxTraces = defaultMaxTraces,
    maxBytes = defaultMaxBytes,
  } = policy
  check('maxAgeMs', maxAgeMs)
  check('maxTraces', maxTraces)
  check('maxBytes', maxBytes)
  let prunedAtMs = Number.NEGATIVE_INFINITY
  let saves = 0

  async function pruneIfDue(): Promise<void> {
    const nowMs = clock.now()
    if (nowMs - prunedAtMs < pruneEveryMs && saves < pruneEverySaves) return
    prunedAtMs = nowMs
    saves = 0
    await sink.prune?.({ olderThanMs: nowMs - maxAgeMs, maxTraces, maxBytes })
  }

  return {
    pruneIfDue,
    async keep(trace, isPart) {
      const known = isPart ? await sink.get?.(trace.traceId) : undefined
      await sink.save(known ? mergeTraces(known, trace) : trace)
      saves++
      await pruneIfDue()
    },
  }
}

function check(option: string, value: number): void {
  if (value >= 0 && !Number.isNaN(value)) return
  throw invalidConfig(`telemetry.retention.${option}`, value, 'a number from 0')
}
