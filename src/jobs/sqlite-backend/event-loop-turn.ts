import { setImmediate } from 'node:timers'
import type { QueueClock } from './clock.ts'

/**
 * Keeps a busy queue from starving the rest of the process.
 *
 * SQLite answers at once, so a worker with a backlog of quick jobs would go from promise to promise
 * without ever letting timers and sockets have their turn; a server on the network gives that pause
 * by being slow. Here whoever has used a turn of the event loop for too long waits for the next one.
 */

/** Long enough that the pause costs no throughput, short enough not to be felt by a stream of tokens. */
const longTurnMs = 5

export class EventLoopTurn {
  readonly #clock: QueueClock
  #startedAt = 0
  #next: Promise<void> | undefined

  constructor(clock: QueueClock) {
    this.#clock = clock
  }

  /** The next turn, if this one has been used for too long; else nothing, and one may go on. */
  pauseNeeded(): Promise<void> | undefined {
    if (this.#next === undefined) this.#begin()
    return this.#clock.now() - this.#startedAt >= longTurnMs ? this.#next : undefined
  }

  #begin(): void {
    this.#startedAt = this.#clock.now()
    this.#next = new Promise((resolve) => {
      setImmediate(() => {
        this.#next = undefined
        resolve()
      })
    })
  }
}
