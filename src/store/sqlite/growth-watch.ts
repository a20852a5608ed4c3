/**
 * Tells watchers which event logs have grown, whichever process wrote them.
 *
 * Three sources, each of which only says "look again". What this connection committed is announced at
 * once. What other connections committed shows as a change of the write-ahead log's file, typically
 * within milliseconds. File events are missing on some file systems, so a poll looks as well. A look
 * reads what has grown since the last number seen, which is one seek in an index.
 */
import { type FSWatcher, watch as watchFile } from 'node:fs'
import type { CancelTimer, Clock } from '../../base/clock.ts'
import { isHoldfastError } from '../../base/errors.ts'
import { createWatchers, type OnGrowth, pollMs } from '../shared/watchers.ts'
import type { Database } from './database.ts'
import { type LogGrowth, readGrowthAfter, readLastGrowth } from './event-fence.ts'

export interface GrowthWatch {
  /** Adds a watcher and returns how to remove it. */
  watch(onGrowth: OnGrowth): () => void
  /** Tells of what this connection has just committed. */
  announce(grown: readonly LogGrowth[]): void
  /** Removes all watchers. */
  close(): void
}

export interface GrowthWatchOptions {
  readonly database: Database
  readonly clock: Clock
  /** The file that changes when another process commits; undefined leaves the poll alone. */
  readonly file: string | undefined
}

export function createGrowthWatch({ database, clock, file }: GrowthWatchOptions): GrowthWatch {
  let seen = 0
  let fileWatcher: FSWatcher | undefined
  let cancelPoll: CancelTimer | undefined

  const look = (): void => {
    for (const grown of readUnlessUnavailable(database, seen)) {
      seen = grown.growth
      watchers.tell(grown)
    }
  }

  const poll = (): void => {
    cancelPoll = clock.setTimer(pollMs, () => {
      look()
      poll()
    })
  }

  const start = (): void => {
    seen = readLastGrowth(database)
    if (database.inMemory) return
    fileWatcher = file === undefined ? undefined : openFileWatcher(file, look)
    poll()
  }

  const stop = (): void => {
    fileWatcher?.close()
    fileWatcher = undefined
    cancelPoll?.()
    cancelPoll = undefined
  }

  const watchers = createWatchers(start, stop)

  return {
    watch: watchers.watch,
    announce(grown) {
      for (const log of grown) {
        // Only the very next number may be passed over: one before it is another process's.
        if (log.growth === seen + 1) seen = log.growth
        watchers.tell(log)
      }
    },
    close: watchers.clear,
  }
}

/** A look that fails is made again by the next poll; who reads the log meets the error itself. */
function readUnlessUnavailable(database: Database, seen: number): readonly LogGrowth[] {
  try {
    return readGrowthAfter(database, seen)
  } catch (error) {
    if (isHoldfastError(error, 'STORE_UNAVAILABLE')) return []
    throw error
  }
}

/** Undefined where the system has no file events, or no more of them to give: the poll is left. */
function openFileWatcher(file: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watchFile(file, onChange)
    watcher.on('error', () => watcher.close())
    return watcher
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}
