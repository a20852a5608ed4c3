import type { ModelResult } from '../../model/model.ts'
import type { Attempt } from '../attempt/attempt.ts'
import type { CallEvent } from '../call-event.ts'
import type { Diagnosis } from '../classify/diagnosis.ts'
import type { Call } from './call.ts'
import { openFirst } from './hedge.ts'

/** How the attempt that was read to its end ended. */
export type Delivery =
  | { readonly attempt: Attempt; readonly result: ModelResult }
  | { readonly attempt: Attempt; readonly failure: Diagnosis }

/** Passes on what the attempt gives, to its end. Tool calls come last, when the answer is known whole. */
export async function* deliver(
  call: Call,
  first: Attempt,
): AsyncGenerator<CallEvent, Delivery, undefined> {
  const { stream } = call.spec.options
  let { attempt, step } = yield* openFirst(call, first)
  for (;;) {
    if (step.type === 'failed') return { attempt, failure: step.diagnosis }
    if (step.type === 'finished') {
      if (stream)
        for (const toolCall of step.result.toolCalls) yield { type: 'tool-call', toolCall }
      return { attempt, result: step.result }
    }
    if (stream) {
      call.delivered.add(step.type, step.text, attempt.spec.target.index)
      yield step
    }
    step = await attempt.next()
  }
}
