import { HoldfastError, isHoldfastError } from '../base/errors.ts'
import type { Run } from './run.ts'

/**
 * Where a run failed only because all its models take no more for now, and it may be begun again after
 * the time they asked for, that is better than to degrade.
 *
 * @throws OVERLOADED in that case, with the time to wait.
 */
export function throwIfPutOff(error: unknown, run: Run): void {
  if (!isHoldfastError(error, 'NO_ANSWER')) return
  const { retryAfterMs } = error.data
  if (retryAfterMs === undefined || !mayBePutOff(run, retryAfterMs)) return
  throw new HoldfastError(
    'OVERLOADED',
    `All models of ${run.pipeline} take no more for now; the first may be asked again in ${retryAfterMs} ms, and the answer waits for it.`,
    { retryAfterMs },
    { cause: error },
  )
}

/** Whether the run may be begun again after that time. */
export function mayBePutOff({ clock, latestStartMs }: Run, afterMs: number | undefined): boolean {
  if (afterMs === undefined || latestStartMs === undefined) return false
  return clock.now() + afterMs <= latestStartMs
}
