import { messageOf } from '../base/errors.ts'
import { inSpan } from '../base/telemetry-port.ts'
import { countMessage } from '../context/count-tokens.ts'
import type { NewTurn } from '../model/conversation.ts'
import type { Message } from '../model/message.ts'
import type { PreparedPipeline } from './prepare.ts'
import type { Run, RunStart } from './run.ts'

/**
 * Appends both sides of the exchange to the conversation, once per answer however often the run is
 * repeated. A store that fails does not take the answer away from the user: the warning that comes
 * back stands on the answer, in the log and in the trace.
 */
export async function remember(
  pipeline: PreparedPipeline,
  input: unknown,
  output: unknown,
  run: Run,
  start: RunStart,
): Promise<string | undefined> {
  const { memory } = pipeline.definition
  if (!memory) return undefined
  const conversationId = memory.conversation(input)
  const { conversations } = pipeline.services
  try {
    await inSpan(run.span, 'memory.append', async () => {
      const { repeated } = await conversations.append(
        conversationId,
        exchange(pipeline, input, output),
        {
          idempotencyKey: start.idempotencyKey ?? run.answerId,
          ...(memory.user && { userId: memory.user(input) }),
        },
      )
      // The run before it has changed the state already, and a second change would count twice.
      if (repeated || !memory.updateState) return
      const { workingState } = await conversations.readMemory(conversationId, 0)
      const patch = memory.updateState({ input, output, state: workingState.value })
      if (patch) await conversations.mergeState(conversationId, patch)
    })
    return undefined
  } catch (error) {
    run.telemetry.log(
      'error',
      'An exchange could not be remembered.',
      {
        pipeline: pipeline.name,
        traceId: run.span.traceId,
      },
      error,
    )
    return `The exchange could not be remembered: ${messageOf(error)}`
  }
}

function exchange(
  { definition, services }: PreparedPipeline,
  input: unknown,
  output: unknown,
): NewTurn[] {
  const sides = definition.memory?.remember?.({ input, output }) ?? {
    user: definition.prompt?.({ input }).user ?? JSON.stringify(input),
    assistant: typeof output === 'string' ? output : JSON.stringify(output),
  }
  const createdAtMs = services.clock.now()
  const turn = (message: Message): NewTurn => ({
    message,
    createdAtMs,
    tokens: countMessage(message),
  })
  return [
    turn({ role: 'user', content: sides.user }),
    turn({ role: 'assistant', content: sides.assistant }),
  ]
}
