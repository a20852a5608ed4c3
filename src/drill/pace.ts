import { type Clock, sleep } from '../base/clock.ts'

/** How requests arrive. */
export interface Arrivals {
  readonly requests: number
  /** Requests at the same time at most. */
  readonly concurrency: number
  readonly startsPerSecond: number
}

/** Runs `work` for each request in order, evenly paced; resolves when all have ended. */
export async function runPaced(
  { requests, concurrency, startsPerSecond }: Arrivals,
  clock: Clock,
  work: (index: number) => Promise<void>,
): Promise<void> {
  const gapMs = 1_000 / startsPerSecond
  let next = 0
  let nextStartMs = clock.now()
  const lane = async () => {
    while (next < requests) {
      const index = next++
      const startMs = Math.max(clock.now(), nextStartMs)
      nextStartMs = startMs + gapMs
      if (startMs > clock.now()) await sleep(clock, startMs - clock.now())
      await work(index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, requests) }, lane))
}
