import type { Clock } from '../base/clock.ts'

/** Calls back every `intervalMs` until the returned function is called. */
export function every(clock: Clock, intervalMs: number, callback: () => void): () => void {
  let cancel = clock.setTimer(intervalMs, tick)
  let stopped = false
  function tick(): void {
    callback()
    if (!stopped) cancel = clock.setTimer(intervalMs, tick)
  }
  return () => {
    stopped = true
    cancel()
  }
}
