import type { Clock } from '../../base/clock.ts'

/** Work that is done one piece after the other, beside the calls that gave it. */
export interface WorkQueue {
  /** False where there is no room, and the work is not taken. Takes microseconds whatever the work does. */
  offer(work: Work): boolean
  /**
   * Resolves when all work that was taken so far has ended or failed, or when `timeoutMs` have passed.
   * What is taken later is not waited for: on a busy service there is always more.
   */
  settled(timeoutMs: number): Promise<void>
  readonly waiting: number
}

export interface Work {
  /** About how much memory it holds while it waits, in characters. */
  readonly size: number
  run(): Promise<void>
  /** Told why it failed: by its own error, or by the time. */
  onFailure(reason: 'error' | 'timeout', error: unknown): void
}

export interface WorkQueueOptions {
  readonly clock: Clock
  readonly maxLength: number
  readonly maxSize: number
  /** Work that takes longer is given up; the queue goes on with the next. */
  readonly timeoutMs: number
}

/**
 * A bounded queue with one worker, which is idle (nothing waits) or working (one piece runs).
 * Invariants: at most one piece runs; waiting pieces are at most `maxLength` and `maxSize`; every piece
 * that was taken ends in `run` resolved, or in exactly one `onFailure`; nothing ever rejects.
 */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { clock, maxLength, maxSize, timeoutMs } = options
  const waiting: Work[] = []
  let size = 0
  let isWorking = false
  let taken = 0
  let ended = 0
  let waiters: { readonly upTo: number; resolve(): void }[] = []

  async function workOn(): Promise<void> {
    for (let work = waiting.shift(); work; work = waiting.shift()) {
      size -= work.size
      await runWithin(work, timeoutMs, clock)
      ended++
      for (const { upTo, resolve } of waiters) if (upTo <= ended) resolve()
      waiters = waiters.filter(({ upTo }) => upTo > ended)
    }
    isWorking = false
  }

  return {
    get waiting() {
      return waiting.length
    },
    offer(work) {
      if (waiting.length >= maxLength || size + work.size > maxSize) return false
      waiting.push(work)
      size += work.size
      taken++
      if (!isWorking) {
        isWorking = true
        // Not in this turn: whoever offers is in the middle of ending a call.
        setImmediate(() => void workOn())
      }
      return true
    },
    settled(limitMs) {
      if (ended === taken) return Promise.resolve()
      return new Promise((resolve) => {
        const cancel = clock.setTimer(limitMs, resolve)
        const settle = () => {
          cancel()
          resolve()
        }
        waiters.push({ upTo: taken, resolve: settle })
      })
    },
  }
}

function runWithin(work: Work, timeoutMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    let isOver = false
    const end = (failure?: { reason: 'error' | 'timeout'; error: unknown }) => {
      if (isOver) return
      isOver = true
      cancel()
      if (failure) work.onFailure(failure.reason, failure.error)
      resolve()
    }
    const cancel = clock.setTimer(timeoutMs, () => end({ reason: 'timeout', error: undefined }))
    work.run().then(
      () => end(),
      (error: unknown) => end({ reason: 'error', error }),
    )
  })
}
