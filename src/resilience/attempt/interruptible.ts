import type { CancelTimer, Clock } from '../../base/clock.ts'

/** A timer that fires this late shows that the process stood still, and the socket was not read. */
const stoodStillMs = 50

/**
 * Waits for one thing at a time and lets go of it when a limit of time passes or an interrupt comes,
 * whatever the thing itself does then. It holds one timer while it waits, and none in between.
 */
export class Interruptible {
  readonly #clock: Clock
  #letGo: ((reason: unknown) => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Settles as `work` does, or rejects with `atLimit` after `limitMs`. */
  wait<T>(work: PromiseLike<T>, limitMs: number, atLimit: unknown): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = this.#startTimer(limitMs, () => this.interrupt(atLimit))
      const letGo = (reason: unknown) => {
        settle()
        reject(reason)
      }
      const settle = () => {
        timer.cancel()
        if (this.#letGo === letGo) this.#letGo = undefined
      }
      this.#letGo = letGo
      work.then((value) => {
        settle()
        resolve(value)
      }, letGo)
    })
  }

  /** Makes the wait that is under way reject with `reason`; nothing happens where there is none. */
  interrupt(reason: unknown): void {
    this.#letGo?.(reason)
  }

  #startTimer(limitMs: number, onLimit: () => void): { cancel: CancelTimer } {
    const dueMs = this.#clock.now() + limitMs
    const timer = {
      cancel: this.#clock.setTimer(limitMs, () => {
        // What came meanwhile lies unread in the socket; it gets one turn of the event loop.
        const stoodStill = this.#clock.now() - dueMs > stoodStillMs
        if (stoodStill) timer.cancel = this.#clock.setTimer(0, onLimit)
        else onLimit()
      }),
    }
    return timer
  }
}
