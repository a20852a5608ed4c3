import type { Clock } from '../base/clock.ts'

/**
 * Pipelines whose models all take no more for now, and until when.
 *
 * BullMQ can pause a queue as a whole (`rateLimit`). That would also stop answers of other providers,
 * and keep an answer from its canned one when its deadline comes within the pause. So each job of such
 * a pipeline is put aside by itself, without having been begun, and what is behind it goes on.
 *
 * They come back one after the other and not all at once: a thousand answers that wait would else be
 * looked at a thousand times for each that the provider lets through.
 */
export interface Pauses {
  /** All models of the pipeline are left alone for that long, beginning now. */
  pause(pipeline: string, forMs: number): void
  /**
   * Until when a job of the pipeline is put aside, in milliseconds since the epoch; undefined when it may
   * be begun. Each call is for another job, and names a later time.
   */
  putAside(pipeline: string): number | undefined
}

/** Between two jobs that come back: a hundred a second, of which even the fastest provider is kept busy. */
const spacingMs = 10
/** However many there are, they are back after this time. */
const longestSpreadMs = 5_000

interface Pause {
  readonly untilMs: number
  putAside: number
}

export function createPauses(clock: Pick<Clock, 'now'>): Pauses {
  const pauses = new Map<string, Pause>()
  return {
    pause(pipeline, forMs) {
      const untilMs = clock.now() + forMs
      const known = pauses.get(pipeline)
      if (known && known.untilMs >= untilMs) return
      pauses.set(pipeline, { untilMs, putAside: known?.putAside ?? 0 })
    },
    putAside(pipeline) {
      const pause = pauses.get(pipeline)
      if (!pause) return undefined
      if (pause.untilMs <= clock.now()) {
        pauses.delete(pipeline)
        return undefined
      }
      return pause.untilMs + Math.min(longestSpreadMs, spacingMs * pause.putAside++)
    },
  }
}
