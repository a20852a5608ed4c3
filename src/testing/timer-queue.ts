/** Timers by the time at which they are due, then by the order in which they were set. */
export class TimerQueue {
  /** A binary heap; cancelled timers stay in it until they come to the top. */
  readonly #heap: QueuedTimer[] = []
  #created = 0
  #size = 0

  /** Those that were neither taken nor cancelled. */
  get size(): number {
    return this.#size
  }

  /** When the first is due; undefined where there is none. */
  get firstAt(): number | undefined {
    this.#dropCancelled()
    return this.#heap[0]?.at
  }

  add(at: number, callback: () => void): QueuedTimer {
    const timer: QueuedTimer = { at, order: this.#created++, callback, state: 'waiting' }
    this.#size++
    this.#heap.push(timer)
    this.#rise(this.#heap.length - 1)
    return timer
  }

  cancel(timer: QueuedTimer): void {
    if (timer.state !== 'waiting') return
    timer.state = 'cancelled'
    this.#size--
  }

  takeFirst(): QueuedTimer | undefined {
    this.#dropCancelled()
    const first = this.#removeFirst()
    if (!first) return undefined
    first.state = 'taken'
    this.#size--
    return first
  }

  clear(): void {
    for (const timer of this.#heap) this.cancel(timer)
    this.#heap.length = 0
  }

  #dropCancelled(): void {
    while (this.#heap[0]?.state === 'cancelled') this.#removeFirst()
  }

  #removeFirst(): QueuedTimer | undefined {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (last && last !== first) {
      this.#heap[0] = last
      this.#sink(0)
    }
    return first
  }

  #rise(from: number): void {
    let index = from
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#swapIfBefore(index, parent)) return
      index = parent
    }
  }

  #sink(from: number): void {
    let index = from
    for (;;) {
      const left = 2 * index + 1
      const right = left + 1
      const child = this.#isBefore(right, left) ? right : left
      if (!this.#swapIfBefore(child, index)) return
      index = child
    }
  }

  #isBefore(one: number, other: number): boolean {
    const a = this.#heap[one]
    const b = this.#heap[other]
    if (!a || !b) return false
    return a.at < b.at || (a.at === b.at && a.order < b.order)
  }

  #swapIfBefore(one: number, other: number): boolean {
    const a = this.#heap[one]
    const b = this.#heap[other]
    if (!a || !b || !this.#isBefore(one, other)) return false
    this.#heap[one] = b
    this.#heap[other] = a
    return true
  }
}

export interface QueuedTimer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
  state: 'waiting' | 'taken' | 'cancelled'
}
