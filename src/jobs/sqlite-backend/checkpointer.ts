import { statSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/**
 * Folds the write-ahead log back into the database, in a thread of its own.
 *
 * A checkpoint waits for the disk. SQLite would run it within the commit that makes the log too long,
 * and all else in the process, tokens on their way to users included, would wait for the disk with
 * it. So that is switched off, and a thread is asked to do it every so many commits; it starts with
 * the first request and is told to end when the file is closed.
 */

/** Commits between two checkpoints; about what SQLite's own default of 1,000 pages comes to. */
const commitsPerCheckpoint = 256
/** Growth of the log that calls for a checkpoint before that: commits with large payloads. */
const growthPerCheckpoint = 4 * 1024 * 1024
/** How often the log's size is looked at, in commits. */
const commitsPerLook = 16

/**
 * Length of the log, in pages of 4 kB, at which it is made to start over. A checkpoint beside writers
 * always leaves the few pages that they wrote meanwhile, and as long as any is left the log only
 * grows. The rest is then done on the main thread, which takes milliseconds as most is done.
 */
const longLogPages = 4_096

const threadSource = `
  const { DatabaseSync } = require('node:sqlite')
  const { parentPort, workerData } = require('node:worker_threads')
  const database = new DatabaseSync(workerData.path)
  database.exec('PRAGMA busy_timeout = ' + workerData.busyTimeoutMs)
  parentPort.on('message', (message) => {
    if (message === 'checkpoint') {
      parentPort.postMessage(database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get().log)
    } else {
      database.close()
      parentPort.close()
    }
  })
`

export interface CheckpointerOptions {
  readonly path: string
  readonly busyTimeoutMs: number
  /** Does what is left to do here and now, and has the log start over. */
  readonly finishHere: () => void
}

export class Checkpointer {
  readonly #options: CheckpointerOptions
  #thread: Worker | undefined
  #hasNoThread = false
  #isBusy = false
  #commits = 0
  #sizeBefore = 0

  constructor(options: CheckpointerOptions) {
    this.#options = options
  }

  /** To be called after every commit that wrote something; never fails, for the commit stands. */
  noteCommit(): void {
    this.#commits += 1
    const isDue = this.#commits >= commitsPerCheckpoint
    const isLook = this.#commits % commitsPerLook === 0
    if (this.#isBusy || !(isDue || (isLook && this.#hasGrown()))) return
    this.#commits = 0
    this.#sizeBefore = this.#logSize()
    if (this.#hasNoThread) this.#finishHere()
    else this.#askThread()
  }

  /** Ends the thread, letting it finish what it is at. */
  async close(): Promise<void> {
    const thread = this.#thread
    this.#thread = undefined
    if (!thread) return
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    thread.once('exit', () => resolve())
    // From here on the process waits for it.
    thread.ref()
    thread.postMessage('end')
    await ended
  }

  #askThread(): void {
    try {
      this.#thread ??= this.#startThread()
      this.#isBusy = true
      this.#thread.postMessage('checkpoint')
    } catch (error) {
      this.#giveUpThread(error)
    }
  }

  #startThread(): Worker {
    const { path, busyTimeoutMs } = this.#options
    const thread = new Worker(threadSource, { eval: true, workerData: { path, busyTimeoutMs } })
    thread.unref()
    thread.on('message', (logPages: number) => {
      this.#isBusy = false
      if (logPages > longLogPages && this.#thread) this.#finishHere()
    })
    thread.on('error', (error) => this.#giveUpThread(error))
    return thread
  }

  #giveUpThread(error: unknown): void {
    this.#thread = undefined
    this.#hasNoThread = true
    this.#isBusy = false
    this.#warn('run on the main thread from now on, because their own thread failed', error)
  }

  /** The log is longer for it, but nothing is lost, and the next commits try again. */
  #finishHere(): void {
    try {
      this.#options.finishHere()
    } catch (error) {
      this.#warn('cannot be finished', error)
    }
  }

  #warn(what: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    process.emitWarning(`Checkpoints of ${this.#options.path} ${what}: ${reason}`, {
      type: 'SqliteBackendWarning',
      code: 'SQLITE_BACKEND_CHECKPOINT',
    })
  }

  #hasGrown(): boolean {
    return this.#logSize() - this.#sizeBefore >= growthPerCheckpoint
  }

  #logSize(): number {
    return statSync(`${this.#options.path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  }
}
