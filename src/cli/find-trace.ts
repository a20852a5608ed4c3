import type { HoldfastParts } from '../app/holdfast.ts'
import { HoldfastError } from '../base/errors.ts'
import type { TraceRecord } from '../model/trace.ts'

/** @throws NOT_FOUND where no trace of that id is stored. */
export async function findTrace(app: HoldfastParts, id: string): Promise<TraceRecord> {
  const trace = await app.traces.get(id)
  if (trace) return trace
  throw new HoldfastError(
    'NOT_FOUND',
    `There is no trace ${JSON.stringify(id)}. holdfast traces lists them.`,
    { kind: 'trace', id },
  )
}
