import type { Clock } from '../base/clock.ts'
import { HoldfastError } from '../base/errors.ts'
import { createId } from '../base/ids.ts'
import type { Json } from '../base/json.ts'
import type { AnswerJobs } from '../jobs/answer-jobs.ts'
import { checkInput } from '../pipeline/check-input.ts'
import type { Enqueue } from '../pipeline/handle.ts'
import type { AnswerRequest } from '../store/answer-store.ts'

/** Accepts input for a pipeline: checked, durable, and on its way to a worker. */
export function createEnqueue(jobs: AnswerJobs, clock: Clock): Enqueue {
  return async (pipeline, input, options) => {
    const checked = await checkInput(pipeline, input)
    const { idempotencyKey, ...jobOptions } = options
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
    return jobs.enqueue(request, jobOptions)
  }
}

/** Input goes through the queue as JSON; what JSON cannot hold is refused before it is accepted. */
function toJson(input: unknown, pipeline: string): Json {
  const text = JSON.stringify(input)
  if (text !== undefined) return JSON.parse(text)
  throw new HoldfastError('INVALID_INPUT', `The input of ${pipeline} cannot be written as JSON.`, {
    issues: [{ path: '(root)', message: 'not a JSON value' }],
  })
}
