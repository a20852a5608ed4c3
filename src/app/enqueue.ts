import type { Clock } from '../base/clock.ts'
import { HoldfastError } from '../base/errors.ts'
import { createId } from '../base/ids.ts'
import type { Json } from '../base/json.ts'
import type { AnswerJobs } from '../jobs/answer-jobs.ts'
import { enqueueSpanPrefix, own } from '../model/conventions.ts'
import { checkInput } from '../pipeline/check-input.ts'
import type { Enqueue } from '../pipeline/handle.ts'
import type { PreparedPipeline } from '../pipeline/prepare.ts'
import type { AnswerRequest } from '../store/answer-store.ts'

/** Accepts input for a pipeline: checked, durable, and on its way to a worker. */
export function createEnqueue(jobs: AnswerJobs, clock: Clock): Enqueue {
  return async (pipeline, input, options) => {
    const checked = await checkInput(pipeline, input)
    const { idempotencyKey, traceParent, ...jobOptions } = options
    const request: AnswerRequest = {
      id: createId('ans', clock.now()),
      pipeline: pipeline.name,
      input: toJson(input, pipeline.name),
      createdAtMs: clock.now(),
      ...(pipeline.definition.memory && {
        conversationId: pipeline.definition.memory.conversation(checked),
      }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
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
      await setOwner(pipeline, checked)
      const accepted = await jobs.enqueue(request, { ...jobOptions, traceParent: handedOver })
      span.end()
      return accepted
    } catch (error) {
      span.end(error)
      throw error
    }
  }
}

/** A conversation that has no turn yet has its owner, so that its waiting answer is deleted with them. */
async function setOwner({ definition, services }: PreparedPipeline, input: unknown): Promise<void> {
  const { memory } = definition
  if (!memory?.user) return
  await services.conversations.setOwner(memory.conversation(input), memory.user(input))
}

/** Input goes through the queue as JSON; what JSON cannot hold is refused before it is accepted. */
function toJson(input: unknown, pipeline: string): Json {
  const text = JSON.stringify(input)
  if (text !== undefined) return JSON.parse(text)
  throw new HoldfastError('INVALID_INPUT', `The input of ${pipeline} cannot be written as JSON.`, {
    issues: [{ path: '(root)', message: 'not a JSON value' }],
  })
}
