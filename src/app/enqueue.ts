import type { Clock } from '../base/clock.ts'
import { createId } from '../base/ids.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import type { AnswerJobs } from '../jobs/answer-jobs.ts'
import { enqueueSpanPrefix, own } from '../model/conventions.ts'
import { checkInput, inputAsJson } from '../pipeline/check-input.ts'
import type { Enqueue, EnqueueOptions } from '../pipeline/handle.ts'
import type { PreparedPipeline } from '../pipeline/prepare.ts'
import type { AnswerRequest } from '../store/answer-store.ts'
import type { EventStore } from '../store/event-store.ts'

export interface EnqueueParts {
  readonly jobs: AnswerJobs
  readonly clock: Clock
  readonly events: Pick<EventStore, 'announce'>
  readonly telemetry: Telemetry
}

/** Accepts input for a pipeline: checked, durable, and on its way to a worker. */
export function createEnqueue({ jobs, clock, events, telemetry }: EnqueueParts): Enqueue {
  /** Those who follow the conversation see it waiting. They find it by themselves, a little later, too. */
  async function announce(answerId: string): Promise<void> {
    try {
      await events.announce(answerId)
    } catch (error) {
      telemetry.log('warn', 'An accepted answer could not be announced.', { answerId }, error)
    }
  }

  return async (pipeline, input, options) => {
    const checked = await checkInput(pipeline, input)
    const { idempotencyKey, traceParent, origin, tenant, priority } = options
    const request: AnswerRequest = {
      id: createId('ans', clock.now()),
      pipeline: pipeline.name,
      input: inputAsJson(input, pipeline.name),
      createdAtMs: clock.now(),
      ...conversationOf(pipeline, checked, options),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(origin && { origin }),
      ...(tenant !== undefined && { tenant }),
      ...(priority !== undefined && { priority }),
    }
    // The worker's trace goes on from this span, and the time between them is the wait in the queue.
    const span = pipeline.services.telemetry.startTrace(
      enqueueSpanPrefix + pipeline.name,
      { [own.pipeline]: pipeline.name, [own.answerId]: request.id },
      traceParent,
    )
    try {
      const { traceId, spanId, sampled = true } = span
      const handedOver = { traceId, spanId, sampled, sentAtMs: clock.now() }
      await setOwner(pipeline, checked, options)
      const atOnce = await isMadeAhead(pipeline, checked)
      const accepted = await jobs.enqueue(request, { atOnce, traceParent: handedOver })
      if (accepted.created) await announce(accepted.answerId)
      span.end()
      return accepted
    } catch (error) {
      span.end(error)
      throw error
    }
  }
}

/** Whether the answer is there already. Where that cannot be told, it is made as if it were not. */
async function isMadeAhead(pipeline: PreparedPipeline, input: unknown): Promise<boolean> {
  try {
    const found = await pipeline.precomputed?.find(input)
    return found?.state === 'ready'
  } catch (error) {
    const { telemetry } = pipeline.services
    telemetry.log(
      'warn',
      'Answers made ahead could not be looked up.',
      { pipeline: pipeline.name },
      error,
    )
    return false
  }
}

/** Without a memory of its own, a pipeline's answers belong to the chat that they were asked for in. */
function conversationOf(
  { definition: { memory } }: PreparedPipeline,
  input: unknown,
  { origin }: EnqueueOptions,
): { readonly conversationId?: string } {
  const conversationId = memory ? memory.conversation(input) : origin?.thread
  return conversationId === undefined ? {} : { conversationId }
}

/** A conversation that has no turn yet has its owner, so that its waiting answer is deleted with them. */
async function setOwner(
  { definition: { memory }, services }: PreparedPipeline,
  input: unknown,
  { origin, tenant }: EnqueueOptions,
): Promise<void> {
  const [id, userId] = memory
    ? [memory.conversation(input), memory.user?.(input)]
    : [origin?.thread, tenant]
  if (id !== undefined && userId !== undefined) await services.conversations.setOwner(id, userId)
}
