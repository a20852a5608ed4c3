import type { HoldfastParts } from '../../app/holdfast.ts'
import { type FoundResponse, findResponse } from './find-response.ts'
import { responseIdOf } from './response-facts.ts'

/** Waits until a response has ended, and returns it as it is then. */
export async function whenEnded(
  app: Pick<HoldfastParts, 'answers' | 'events'>,
  { record, facts }: FoundResponse,
  signal: AbortSignal,
): Promise<FoundResponse> {
  const lots = app.events.subscribe(record.id, { signal })[Symbol.asyncIterator]()
  while (!(await lots.next()).done) signal.throwIfAborted()
  return findResponse(app, responseIdOf(record.id), facts.userId)
}
