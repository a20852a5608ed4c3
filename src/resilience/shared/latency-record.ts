/**
 * How long a model takes: a histogram of logarithmic bins, from 5 ms to ten minutes, that forgets. Two
 * halves take turns: when the newer one is full or a quarter of an hour old it becomes the older one, and
 * the older one is dropped. So quantiles rest on the last 500 to 1,000 samples, and on nothing older than
 * half an hour: what keeps calls away from a model must not outlive its cause for long.
 */
export class LatencyRecord {
  #newer: Half
  #older: Half

  constructor() {
    this.#newer = new Half()
    this.#older = new Half()
  }

  add(durationMs: number, nowMs: number): void {
    this.#turn(nowMs)
    if (this.#newer.count === halfLength) this.#rotate(nowMs)
    this.#newer.add(binOf(durationMs))
  }

  count(nowMs: number): number {
    this.#turn(nowMs)
    return this.#newer.count + this.#older.count
  }

  /** The quantile, rounded up by at most a fifth; undefined below `leastCount` samples. */
  quantile(share: number, nowMs: number, leastCount = 1): number | undefined {
    const count = this.count(nowMs)
    if (count < Math.max(1, leastCount)) return undefined
    const rank = Math.max(1, share * count)
    let seen = 0
    for (let bin = 0; bin < bins - 1; bin++) {
      seen += this.#newer.at(bin) + this.#older.at(bin)
      if (seen >= rank) return upperEdge(bin)
    }
    return upperEdge(bins - 1)
  }

  /** As many times as halves have grown old. */
  #turn(nowMs: number): void {
    if (nowMs - this.#newer.sinceMs < halfLifeMs) return
    const isAllOld = nowMs - this.#newer.sinceMs >= 2 * halfLifeMs
    this.#rotate(nowMs)
    if (isAllOld) this.#older.clear(nowMs)
  }

  #rotate(nowMs: number): void {
    const reused = this.#older
    this.#older = this.#newer
    this.#newer = reused
    reused.clear(nowMs)
  }
}

class Half {
  count = 0
  sinceMs = Number.NEGATIVE_INFINITY
  readonly #counts = new Uint16Array(bins)

  at(bin: number): number {
    return this.#counts[bin] ?? 0
  }

  add(bin: number): void {
    this.#counts[bin] = this.at(bin) + 1
    this.count++
  }

  clear(nowMs: number): void {
    this.#counts.fill(0)
    this.count = 0
    this.sinceMs = nowMs
  }
}

const halfLength = 500
const halfLifeMs = 900_000

/** Four bins for each doubling: 2^(1/4) is 1.19. */
const binsPerDoubling = 4
const shortestMs = 5
const bins = binsPerDoubling * 17

function binOf(durationMs: number): number {
  const bin = Math.ceil(Math.log2(Math.max(durationMs, shortestMs) / shortestMs) * binsPerDoubling)
  return Math.min(bin, bins - 1)
}

function upperEdge(bin: number): number {
  return shortestMs * 2 ** (bin / binsPerDoubling)
}
