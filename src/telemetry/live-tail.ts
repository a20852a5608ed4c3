import type { LiveCallEvent } from '../model/live-call-event.ts'
import type { DropCounter } from './drop-counter.ts'

/** Takes an event at once; false: it had no room for it. */
export type LiveListener = (event: LiveCallEvent) => boolean

/**
 * What happens in this process, for those who watch. Nothing is kept: while nobody watches, nothing is
 * made to be told, which `isWatched` says.
 */
export interface LiveTail {
  readonly isWatched: boolean
  /** The event has to be sanitised. */
  tell(event: LiveCallEvent): void
  /** @returns what ends the watching */
  watch(listener: LiveListener): () => void
}

export function createLiveTail(drops: DropCounter): LiveTail {
  const listeners = new Set<LiveListener>()
  return {
    get isWatched() {
      return listeners.size > 0
    },
    tell(event) {
      for (const listener of listeners) {
        drops.guard('live', () => {
          if (!listener(event)) drops.count('live', 'no-reader')
        })
      }
    },
    watch(listener) {
      // A function of its own, so that the same listener may watch twice.
      const each: LiveListener = (event) => listener(event)
      listeners.add(each)
      return () => {
        listeners.delete(each)
      }
    },
  }
}
