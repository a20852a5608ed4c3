import { type FSWatcher, watch } from 'node:fs'
import type { QueueClock } from './clock.ts'

/**
 * Notices that another process has written to the queue file.
 *
 * The operating system tells of writes to the write-ahead log; where it does not (some network file
 * systems, or out of watches) or is late, a look every `pollMs` finds them. A look is a few
 * microseconds: SQLite counts the commits of others. Nothing runs while nobody waits.
 */
export interface FileWatchOptions {
  readonly path: string
  readonly pollMs: number
  readonly clock: QueueClock
  /** Whether anybody would be woken. */
  readonly isNeeded: () => boolean
  /** Looks for foreign commits and wakes whom they concern; returns whether there were any. */
  readonly look: () => boolean
}

/**
 * The system tells of a write when it happens, and a commit becomes visible a moment after its last
 * write, so a look that finds nothing is repeated after these pauses.
 */
const repeatsMs = [1, 5, 20]

export class FileWatch {
  readonly #options: FileWatchOptions
  #watcher: FSWatcher | undefined
  #cannotWatch = false
  #cancelPoll: (() => void) | undefined
  #cancelRepeat: (() => void) | undefined
  #repeats = 0

  constructor(options: FileWatchOptions) {
    this.#options = options
  }

  /** To be called by whoever begins to wait. */
  arm(): void {
    this.#watch()
    this.#cancelPoll ??= this.#schedulePoll()
  }

  close(): void {
    this.#cancelPoll?.()
    this.#cancelPoll = undefined
    this.#cancelRepeat?.()
    this.#cancelRepeat = undefined
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #schedulePoll(): () => void {
    const { clock, pollMs, isNeeded, look } = this.#options
    return clock.setTimer(pollMs, () => {
      this.#cancelPoll = undefined
      if (!isNeeded()) return
      look()
      this.arm()
    })
  }

  #watch(): void {
    if (this.#watcher || this.#cannotWatch) return
    const { path } = this.#options
    try {
      const watcher = watch(`${path}-wal`, { persistent: false }, (event) => {
        // The log was replaced; the next who waits watches the new one.
        if (event === 'rename') this.#stopWatching(watcher)
        this.#repeats = 0
        if (this.#cancelRepeat === undefined) this.#lookRepeatedly()
      })
      watcher.on('error', (error) => this.#giveUpWatching(error))
      this.#watcher = watcher
    } catch (error) {
      this.#giveUpWatching(error)
    }
  }

  #lookRepeatedly(): void {
    const { clock, isNeeded, look } = this.#options
    const pauseMs = repeatsMs[this.#repeats]
    this.#cancelRepeat = undefined
    if (!isNeeded() || look() || pauseMs === undefined) return
    this.#repeats += 1
    this.#cancelRepeat = clock.setTimer(pauseMs, () => this.#lookRepeatedly())
  }

  #stopWatching(watcher: FSWatcher): void {
    watcher.close()
    if (this.#watcher === watcher) this.#watcher = undefined
  }

  #giveUpWatching(error: unknown): void {
    this.#watcher?.close()
    this.#watcher = undefined
    this.#cannotWatch = true
    const reason = error instanceof Error ? error.message : String(error)
    process.emitWarning(
      `Writes of other processes to ${this.#options.path} are noticed by polling every ` +
        `${this.#options.pollMs} ms, because its log cannot be watched: ${reason}`,
      { type: 'SqliteBackendWarning', code: 'SQLITE_BACKEND_POLLING' },
    )
  }
}
