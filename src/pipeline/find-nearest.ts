import { untilAborted } from '../base/abort.ts'
import { startDeadline } from '../base/deadline.ts'
import type { MemoryPolicy, NearestQuestion } from './definition.ts'
import type { Run } from './run.ts'

/** Recall by words is there at once; what finds by meaning may hold an answer up for no longer. */
const longestMs = 500

/** What the application finds by meaning; undefined where it finds nothing in time, which is logged. */
export async function findNearest(
  { nearest }: Pick<MemoryPolicy<never, never>, 'nearest'>,
  question: Omit<NearestQuestion, 'signal'>,
  { clock, deadline, span, telemetry }: Pick<Run, 'clock' | 'deadline' | 'span' | 'telemetry'>,
): Promise<readonly number[] | undefined> {
  if (!nearest) return undefined
  const limit = startDeadline(clock, longestMs, deadline.signal)
  try {
    return await untilAborted(nearest({ ...question, signal: limit.signal }), limit.signal)
  } catch (error) {
    const { traceId } = span
    telemetry.log('warn', 'Older turns could not be found by meaning.', { traceId }, error)
    return undefined
  } finally {
    limit.release()
  }
}
