import type { QueueClock } from './clock.ts'

/**
 * Waiting without polling.
 *
 * Who waits has a question that it can ask the file at any time. It is asked at once, then whenever
 * its channel is signalled, and at the time that the last asking named, until there is an answer. A
 * signal that comes while nobody waits needs no memory: the file is the memory.
 */

/** An answer, or the time at which asking again is worth while; neither means: wait for a signal. */
export type Asked<Answer> =
  | { readonly answer: Answer }
  | { readonly askAgainAt?: number | undefined }

export interface Waiting<Answer> {
  /** The answer, or null when the time was over or the waiting was called off. */
  readonly answered: Promise<Answer | null>
  callOff(): void
}

interface Waiter {
  /** Asks; returns whether that ended the waiting. */
  look(): boolean
}

export class WakeUp {
  readonly #clock: QueueClock
  readonly #waiters = new Map<string, Set<Waiter>>()
  #count = 0

  constructor(clock: QueueClock) {
    this.#clock = clock
  }

  get isAnyoneWaiting(): boolean {
    return this.#count > 0
  }

  wait<Answer>(channel: string, ask: () => Asked<Answer>, timeoutMs: number): Waiting<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer | null>()
    const deadline = this.#clock.now() + timeoutMs
    let cancelTimer = () => {}
    const end = () => {
      cancelTimer()
      this.#leave(channel, waiter)
    }
    const callOff = () => {
      end()
      resolve(null)
    }
    const waiter: Waiter = {
      look: () => {
        cancelTimer()
        try {
          const asked = ask()
          if ('answer' in asked) {
            end()
            resolve(asked.answer)
            return true
          }
          cancelTimer = this.#setAlarm(deadline, asked.askAgainAt, waiter, callOff)
          return false
        } catch (error) {
          end()
          reject(error)
          return true
        }
      },
    }
    this.#join(channel, waiter)
    waiter.look()
    return { answered: promise, callOff }
  }

  /** Has the longest waiting look first, and the next ones as long as there is no answer for one. */
  signalOne(channel: string): void {
    for (const waiter of this.#waiters.get(channel) ?? []) if (waiter.look()) return
  }

  signalAll(channel: string): void {
    for (const waiter of [...(this.#waiters.get(channel) ?? [])]) waiter.look()
  }

  /** Has everyone look whose channel is of that kind; for changes of which only the fact is known. */
  signalEvery(signal: (channel: string) => void): void {
    for (const channel of [...this.#waiters.keys()]) signal(channel)
  }

  #setAlarm(
    deadline: number,
    askAgainAt: number | undefined,
    waiter: Waiter,
    callOff: () => void,
  ): () => void {
    const now = this.#clock.now()
    if (askAgainAt !== undefined && askAgainAt < deadline) {
      return this.#clock.setTimer(Math.max(askAgainAt - now, 1), () => waiter.look())
    }
    return this.#clock.setTimer(Math.max(deadline - now, 0), callOff)
  }

  #join(channel: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(channel) ?? new Set()
    waiters.add(waiter)
    this.#waiters.set(channel, waiters)
    this.#count += 1
  }

  #leave(channel: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(channel)
    if (!waiters?.delete(waiter)) return
    this.#count -= 1
    if (waiters.size === 0) this.#waiters.delete(channel)
  }
}
