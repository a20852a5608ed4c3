import { type Clock, sleep } from '../base/clock.ts'
import { HoldfastError } from '../base/errors.ts'
import type { AnswerRecord, AnswerStore } from '../store/answer-store.ts'
import type { AnswerQueue } from './answer-queue.ts'

export interface RetryOptions {
  readonly answers: AnswerStore
  readonly clock: Clock
  /** Takes the failure at the end of an answer's log back, so that a new run goes on. */
  reopenLog(answerId: string): Promise<void>
}

/** How often it is looked whether a worker has let go of the job of an answer that has failed. */
const lookEveryMs = 20
/** Longer than a worker that died with the job keeps it. */
const longestWaitMs = 10_000

/**
 * Lets a failed answer be made again. Its log is reopened first: a crash after that leaves an answer that
 * still counts as failed, and can be tried again.
 *
 * @throws NOT_FOUND
 */
export async function retryAnswer(
  answerId: string,
  queue: AnswerQueue,
  { answers, clock, reopenLog }: RetryOptions,
): Promise<boolean> {
  const record = await answers.get(answerId)
  if (!record) throw unknownAnswer(answerId)
  if (record.state !== 'failed') return false
  await reopenLog(answerId)
  if (!(await answers.requeue(answerId, record.run))) return false
  await queueAgain(record, queue, { answers, clock })
  return true
}

/**
 * Gives a waiting answer that has been begun before a job, whole deadline included. A worker may still
 * have the old job in hand for the moment in which it ends it; where it died in that moment, the job is
 * soon taken up again, which is as good.
 */
export async function queueAgain(
  record: AnswerRecord,
  queue: AnswerQueue,
  { answers, clock }: Pick<RetryOptions, 'answers' | 'clock'>,
): Promise<void> {
  const sinceMs = clock.now()
  while ((await queue.isActive(record.id)) && clock.now() - sinceMs < longestWaitMs) {
    await sleep(clock, lookEveryMs)
    if ((await answers.get(record.id))?.state !== 'waiting') return
  }
  await queue.addAgain(record, { sinceMs })
}

function unknownAnswer(id: string): HoldfastError<'NOT_FOUND'> {
  return new HoldfastError('NOT_FOUND', `There is no answer ${JSON.stringify(id)}.`, {
    kind: 'answer',
    id,
  })
}
