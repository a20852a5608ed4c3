/**
 * Folds the write-ahead log back into the database file, in a thread of its own.
 *
 * A checkpoint waits for the disk. SQLite runs it within the commit that makes the log too long, and
 * everything else in the process waits with it, tokens on their way to readers included. So the limit at
 * which SQLite does that by itself is set high, and a thread checkpoints long before. The high limit is the
 * net under it: where the thread lags or cannot start, commits do the work as before; and since a checkpoint
 * beside writers always leaves their last pages, it is what has the log begin anew, with little to do.
 */
import { Worker } from 'node:worker_threads'
import { messageOf } from '../../base/errors.ts'

/** Pages of 4 kB, 16 MB in all, at which a commit checkpoints by itself. */
export const longLogPages = 4_096

/** About what SQLite's own default of 1,000 pages comes to. */
const commitsPerCheckpoint = 200

const threadSource = `
  const { DatabaseSync } = require('node:sqlite')
  const { parentPort, workerData } = require('node:worker_threads')
  const database = new DatabaseSync(workerData.path)
  database.exec('PRAGMA busy_timeout = 0')
  parentPort.on('message', (message) => {
    if (message === 'checkpoint') {
      database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()
      parentPort.postMessage('done')
    } else {
      database.close()
      parentPort.close()
    }
  })
`

export interface Checkpoints {
  /** To be called after every commit that wrote something. */
  noteCommit(): void
  /** Ends the thread, letting it finish what it is at. */
  close(): Promise<void>
}

/** The thread starts with the first checkpoint, so that a program that writes little has none. */
export function createCheckpoints(path: string): Checkpoints {
  let thread: Worker | undefined
  let isBusy = false
  let hasFailed = false
  let commits = 0

  function start(): Worker {
    const started = new Worker(threadSource, { eval: true, workerData: { path } })
    // Nothing is lost when the process ends without it.
    started.unref()
    started.on('message', () => {
      isBusy = false
    })
    started.on('error', giveUp)
    return started
  }

  function giveUp(error: unknown): void {
    thread = undefined
    hasFailed = true
    process.emitWarning(
      `Checkpoints of ${path} run on the main thread from now on, because their own failed: ${messageOf(error)}`,
      { type: 'HoldfastWarning', code: 'HOLDFAST_CHECKPOINT' },
    )
  }

  return {
    noteCommit() {
      if (++commits < commitsPerCheckpoint || isBusy || hasFailed) return
      commits = 0
      try {
        thread ??= start()
        isBusy = true
        thread.postMessage('checkpoint')
      } catch (error) {
        giveUp(error)
      }
    },
    async close() {
      hasFailed = true
      const running = thread
      thread = undefined
      if (!running) return
      const { promise: ended, resolve } = Promise.withResolvers<void>()
      running.once('exit', () => resolve())
      running.ref()
      running.postMessage('end')
      await ended
    },
  }
}
