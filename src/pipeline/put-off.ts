import { HoldfastError, isHoldfastError } from '../base/errors.ts'
import type { Run, RunStart } from './run.ts'

/**
 * Where a run failed only because all its models take no more for now, and it may be begun again after
 * the time they asked for, that is better than to degrade.
 *
 * @throws OVERLOADED in that case, with the time to wait.
 */
export function throwIfPutOff(error: unknown, run: Run, { latestStartMs }: RunStart): void {
  if (latestStartMs === undefined || !isHoldfastError(error, 'NO_ANSWER')) return
  const { retryAfterMs } = error.data
  if (retryAfterMs === undefined || run.clock.now() + retryAfterMs > latestStartMs) return
  throw new HoldfastError(
    'OVERLOADED',
    `All models of ${run.pipeline} take no more for now; the first may be asked again in ${retryAfterMs} ms, and the answer waits for it.`,
    { retryAfterMs },
    { cause: error },
  )
}
