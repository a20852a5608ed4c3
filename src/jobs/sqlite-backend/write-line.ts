import type { QueueClock } from './clock.ts'

/**
 * The line in which transactions of this process stand while another process writes.
 *
 * SQLite can wait for the write lock itself, but it sleeps while it does, up to a tenth of a second at
 * a time and the whole event loop with it. So the lock is tried without waiting, and whoever does not
 * get it tries again from a timer; those who come meanwhile stand behind, so that jobs are added in
 * the order in which the program added them.
 */

/** Nothing when the lock was taken; else what the transaction came to. */
export type Attempt<Result> = { readonly value: Result } | undefined

/** Transactions take a fraction of a millisecond, so the lock is free again almost at once. */
const pauseMs = 1

export class WriteLine {
  readonly #clock: QueueClock
  readonly #patienceMs: number
  #last: Promise<unknown> = Promise.resolve()
  #length = 0

  constructor(clock: QueueClock, patienceMs: number) {
    this.#clock = clock
    this.#patienceMs = patienceMs
  }

  /**
   * Runs a transaction, at once if nobody stands in line and the lock is free.
   *
   * @param onTimeout makes the error for a lock that did not get free in time.
   */
  async run<Result>(attempt: () => Attempt<Result>, onTimeout: () => Error): Promise<Result> {
    const first = this.#length === 0 ? attempt() : undefined
    if (first) return first.value
    this.#length += 1
    const turn = this.#last.then(() => this.#insist(attempt, onTimeout))
    this.#last = turn.then(
      () => this.#leave(),
      () => this.#leave(),
    )
    return turn
  }

  /** Resolves when nobody stands in line. */
  async empty(): Promise<void> {
    while (this.#length > 0) await this.#last
  }

  async #insist<Result>(attempt: () => Attempt<Result>, onTimeout: () => Error): Promise<Result> {
    const deadline = this.#clock.now() + this.#patienceMs
    for (;;) {
      const outcome = attempt()
      if (outcome) return outcome.value
      if (this.#clock.now() >= deadline) throw onTimeout()
      await new Promise<void>((resolve) => {
        this.#clock.setTimer(pauseMs, resolve)
      })
    }
  }

  #leave(): void {
    this.#length -= 1
  }
}
