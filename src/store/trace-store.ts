import type { TraceRecord } from '../model/trace.ts'

/** The last calls, whole and sanitised. Saving a trace id again replaces it. */
export interface TraceStore {
  save(trace: TraceRecord): Promise<void>
  get(traceId: string): Promise<TraceRecord | undefined>
  /** Newest first. */
  list(filter: TraceFilter): Promise<readonly TraceRecord[]>
  /**
   * Removes traces that began before `olderThanMs`, then the oldest beyond `maxTraces`, and the oldest
   * beyond `maxBytes` of records altogether; says how many.
   */
  prune(limits: TraceLimits): Promise<number>
}

export interface TraceLimits {
  readonly olderThanMs: number
  readonly maxTraces: number
  /** Of the records as JSON in UTF-8. */
  readonly maxBytes: number
}

export interface TraceFilter {
  /** The root span's name. */
  readonly name?: string
  readonly status?: 'ok' | 'error'
  /** Default 50. */
  readonly limit?: number
}
