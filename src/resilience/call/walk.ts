import { sleep } from '../../base/clock.ts'
import type { Attempt } from '../attempt/attempt.ts'
import type { CallEvent, CallOutcome } from '../call-event.ts'
import type { Diagnosis } from '../classify/diagnosis.ts'
import type { Call } from './call.ts'
import { firstCandidates } from './candidates.ts'
import { decide, failedEvent, type NextAttempt } from './decide.ts'
import { deliver } from './deliver.ts'
import { complete, incomplete } from './outcome.ts'
import { startAttempt, startedEvent } from './start-attempt.ts'

/**
 * One protected call, from its first attempt to its one outcome.
 *
 * Every way through it ends in `call-finished`, but for two: the caller's own abort rejects with the
 * caller's reason, and a reader that leaves gets nothing more. On all of them everything is freed.
 */
export async function* walk(call: Call): AsyncGenerator<CallEvent, void, undefined> {
  try {
    let attempt = await startFirst(call)
    while (attempt) {
      yield startedEvent(attempt)
      const delivery = yield* deliver(call, attempt)
      call.throwIfCallerAborted()
      if ('result' in delivery) {
        return yield finished(complete(call, delivery.attempt, delivery.result))
      }
      const next = await decide(call, delivery.attempt, delivery.failure)
      yield failedEvent(delivery.attempt, delivery.failure, next)
      if (next?.voids) yield voidDelivered(call, delivery.failure)
      attempt = next && (await startNext(call, next))
    }
    yield finished(incomplete(call))
  } finally {
    call.close()
  }
}

function startFirst(call: Call): Promise<Attempt | undefined> {
  const order = firstCandidates(call)
  return unlessOver(call, () => startAttempt(call, { order, continues: false }))
}

function startNext(call: Call, { waitMs, order, continues }: NextAttempt) {
  return unlessOver(call, async () => {
    if (waitMs > 0) await sleep(call.settings.clock, waitMs, call.signal)
    return startAttempt(call, { order, continues })
  })
}

/** Undefined where the deadline or the reader ended the call meanwhile; the caller's abort rejects. */
async function unlessOver<T>(call: Call, work: () => Promise<T>): Promise<T | undefined> {
  try {
    call.signal.throwIfAborted()
    return await work()
  } catch (error) {
    call.throwIfCallerAborted()
    if (call.signal.aborted) return undefined
    throw error
  }
}

function voidDelivered(call: Call, { reason }: Diagnosis): CallEvent {
  call.delivered.clear()
  return { type: 'reset', reason }
}

function finished(outcome: CallOutcome): CallEvent {
  return { type: 'call-finished', outcome }
}
