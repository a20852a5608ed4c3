/**
 * A sum over the last `spanMs`, in slots of equal length.
 *
 * The slot at the far edge lies partly before the span. `atMost` counts it whole and `atLeast` leaves it
 * out, so the true sum lies between the two: a limit that is checked with the right one of them holds
 * over any span, not just over spans that begin where a slot does.
 */
export class SlidingSum {
  readonly #slotMs: number
  /** One more than the span has: the slot at the far edge. */
  readonly #slots: Float64Array
  #latest = Number.NEGATIVE_INFINITY

  constructor(spanMs: number, slots = 10) {
    this.#slotMs = spanMs / slots
    this.#slots = new Float64Array(slots + 1)
  }

  add(nowMs: number, amount = 1): void {
    this.addAt(nowMs, nowMs, amount)
  }

  /** Changes what was added at an earlier time; nothing happens where that lies outside by now. */
  addAt(atMs: number, nowMs: number, amount: number): void {
    this.#moveTo(nowMs)
    const slot = Math.min(Math.floor(atMs / this.#slotMs), this.#latest)
    if (slot <= this.#latest - this.#slots.length) return
    const index = this.#indexOf(slot)
    this.#slots[index] = (this.#slots[index] ?? 0) + amount
  }

  atMost(nowMs: number): number {
    this.#moveTo(nowMs)
    let sum = 0
    for (const amount of this.#slots) sum += amount
    return sum
  }

  atLeast(nowMs: number): number {
    return this.atMost(nowMs) - this.#edge()
  }

  /** How long it takes until `atMost` has fallen to `limit`, if nothing is added. */
  msUntil(limit: number, nowMs: number): number {
    let sum = this.atMost(nowMs)
    const oldest = this.#latest - this.#slots.length + 1
    for (let slot = oldest; slot <= this.#latest; slot++) {
      if (sum <= limit) return Math.max(0, (slot + this.#slots.length - 1) * this.#slotMs - nowMs)
      sum -= this.#slots[this.#indexOf(slot)] ?? 0
    }
    return Math.max(0, (this.#latest + this.#slots.length) * this.#slotMs - nowMs)
  }

  clear(): void {
    this.#slots.fill(0)
  }

  /** As plain data; null where nothing was ever asked of it. */
  save(): SavedSum | null {
    if (!Number.isFinite(this.#latest)) return null
    if (this.#slots.every((amount) => amount === 0)) return { latest: this.#latest, amounts: [] }
    const oldest = this.#latest - this.#slots.length + 1
    const amounts = Array.from(
      this.#slots,
      (_, age) => this.#slots[this.#indexOf(oldest + age)] ?? 0,
    )
    return { latest: this.#latest, amounts }
  }

  restore(saved: SavedSum | null): void {
    this.clear()
    this.#latest = saved ? saved.latest : Number.NEGATIVE_INFINITY
    if (!saved) return
    const oldest = saved.latest - saved.amounts.length + 1
    for (const [age, amount] of saved.amounts.entries()) {
      this.#slots[this.#indexOf(oldest + age)] = amount
    }
  }

  #edge(): number {
    return this.#slots[this.#indexOf(this.#latest - this.#slots.length + 1)] ?? 0
  }

  #moveTo(nowMs: number): void {
    const slot = Math.floor(nowMs / this.#slotMs)
    if (slot <= this.#latest) return
    const passed = Math.min(slot - this.#latest, this.#slots.length)
    for (let step = 0; step < passed; step++) this.#slots[this.#indexOf(slot - step)] = 0
    this.#latest = slot
  }

  #indexOf(slot: number): number {
    const length = this.#slots.length
    return ((slot % length) + length) % length
  }
}

/** A sum as plain data. */
export interface SavedSum {
  /** The number of the newest slot, counted from the epoch. */
  readonly latest: number
  /** The slots up to it, oldest first; none where all are empty. */
  readonly amounts: readonly number[]
}
