/**
 * Keeps one connection that hears notifications, and makes another one when it is lost.
 *
 *   stopped ── start ──▶ connecting ── open ──▶ listening
 *      ▲                    ▲   │                  │
 *      │                    │ failed             lost
 *      │                    │   ▼                  │
 *      └────── stop ─────  waiting ◀───────────────┘
 *
 * Each start is an object of its own: what belongs to an earlier one finds that it is not the present
 * one any more, and ends.
 */
import type { CancelTimer, Clock } from '../../base/clock.ts'
import { isHoldfastError } from '../../base/errors.ts'
import type { Listener, Listening } from './listening.ts'

export interface KeepListening {
  start(): void
  stop(): void
  /** Stops, and resolves when no connection is left. */
  close(): Promise<void>
}

export interface KeepListeningOptions {
  readonly clock: Clock
  readonly open: (listener: Listener) => Promise<Listening>
  readonly heard: (payload: string) => void
  /** Now it hears; what was said before was not heard. */
  readonly connected: () => void
}

/** A server that restarts is back within seconds; until then the poll serves. */
const retryMs = 1_000

interface Start {
  cancelRetry?: CancelTimer
  listening?: Listening
}

export function keepListening(options: KeepListeningOptions): KeepListening {
  const { clock, open, heard, connected } = options
  const pending = new Set<Promise<void>>()
  let present: Start | undefined

  async function connect(start: Start): Promise<void> {
    let lost = false
    try {
      const listening = await open({
        heard(payload) {
          if (present === start) heard(payload)
        },
        lost() {
          lost = true
          retry(start)
        },
      })
      if (present !== start) return await listening.close()
      if (lost) return
      start.listening = listening
      connected()
    } catch (error) {
      // It says why to whoever reads; here it is tried again.
      if (!isHoldfastError(error, 'STORE_UNAVAILABLE')) throw error
      retry(start)
    }
  }

  function retry(start: Start): void {
    if (present !== start) return
    delete start.listening
    start.cancelRetry = clock.setTimer(retryMs, () => track(connect(start)))
  }

  function track(work: Promise<void>): void {
    pending.add(work)
    work.finally(() => pending.delete(work))
  }

  function stop(): void {
    const start = present
    present = undefined
    start?.cancelRetry?.()
    if (start?.listening) track(start.listening.close())
  }

  return {
    start() {
      present = {}
      track(connect(present))
    },
    stop,
    async close() {
      stop()
      await Promise.all(pending)
    },
  }
}
