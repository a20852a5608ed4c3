/** How often the logs are looked at where nothing says that they have grown: half of what the port promises. */
export const pollMs = 500

/** A log that has grown, and to which number. */
export interface GrownLog {
  readonly answerId: string
  readonly lastSeq: number
}

export interface Watchers {
  /** Adds a watcher and returns how to remove it. */
  watch(onGrowth: OnGrowth): () => void
  /** Tells all watchers, each apart from the caller. */
  tell(grown: GrownLog): void
  /** Removes all watchers. */
  clear(): void
}

export type OnGrowth = (answerId: string, lastSeq: number) => void

/** An object of its own per call, so that the same function can watch twice. */
interface Watcher {
  readonly onGrowth: OnGrowth
}

/** Those who watch the event logs; `start` is called for the first, `stop` when the last has gone. */
export function createWatchers(start: () => void, stop: () => void): Watchers {
  const watchers = new Set<Watcher>()
  return {
    watch(onGrowth) {
      if (watchers.size === 0) start()
      const watcher = { onGrowth }
      watchers.add(watcher)
      return () => {
        if (watchers.delete(watcher) && watchers.size === 0) stop()
      }
    },
    tell({ answerId, lastSeq }) {
      for (const watcher of watchers) {
        // A watcher that throws must not fail an append that is committed.
        queueMicrotask(() => {
          if (watchers.has(watcher)) watcher.onGrowth(answerId, lastSeq)
        })
      }
    },
    clear() {
      if (watchers.size === 0) return
      watchers.clear()
      stop()
    },
  }
}
