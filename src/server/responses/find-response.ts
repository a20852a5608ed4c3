import type { HoldfastParts } from '../../app/holdfast.ts'
import { HoldfastError } from '../../base/errors.ts'
import type { AnswerRecord } from '../../store/answer-store.ts'
import { answerIdOf, type ResponseFacts, responseFactsOf } from './response-facts.ts'
import type { ResponseEnd, ResponseIdentity } from './response-object.ts'

/** An answer that was asked for as a response. */
export interface FoundResponse {
  readonly record: AnswerRecord
  readonly facts: ResponseFacts
}

type Answers = Pick<HoldfastParts, 'answers'>

/**
 * The response of that id, if it is the user's: an id is no credential.
 *
 * @throws NOT_FOUND, also for a response of another user.
 */
export async function findResponse(
  app: Answers,
  responseId: string,
  userId: string | undefined,
): Promise<FoundResponse> {
  const answerId = answerIdOf(responseId)
  const record = answerId === undefined ? undefined : await app.answers.get(answerId)
  const facts = record && responseFactsOf(record)
  if (record && facts && facts.userId === userId) return { record, facts }
  throw new HoldfastError('NOT_FOUND', `There is no response ${JSON.stringify(responseId)}.`, {
    kind: 'response',
    id: responseId,
  })
}

export function identityOf({ record, facts }: FoundResponse): ResponseIdentity {
  return { answerId: record.id, model: record.pipeline, createdAtMs: record.createdAtMs, facts }
}

/** How the response ended; undefined while it is being made. */
export function endOf({
  state,
  answer,
  error,
  finishedAtMs,
}: AnswerRecord): ResponseEnd | undefined {
  if (finishedAtMs === undefined) return undefined
  if (state === 'completed' && answer) return { state, answer, finishedAtMs }
  if (state === 'failed' && error) return { state, error, finishedAtMs }
  return state === 'cancelled' ? { state, finishedAtMs } : undefined
}
