import type { Span } from '../base/telemetry-port.ts'
import { buildContext } from '../context/build-context.ts'
import type { Memory } from '../model/conversation.ts'
import type { Message } from '../model/message.ts'
import type { ModelRequest } from '../model/model.ts'
import type { Prompt } from './definition.ts'
import type { PreparedPipeline } from './prepare.ts'

/** Turns the prompt and what is remembered into one request under the token budget. */
export function buildRequest(
  pipeline: PreparedPipeline,
  prompt: Prompt,
  memory: Memory | undefined,
  span: Span,
): ModelRequest {
  const { definition, reader, model } = pipeline
  const instruction = reader.instruction(model.models.map((each) => each.capabilities))
  const system = [prompt.system, instruction].filter((part) => part !== undefined).join('\n\n')
  const options = {
    output: reader.format,
    ...(prompt.tools && { tools: prompt.tools }),
    ...(definition.temperature !== undefined && { temperature: definition.temperature }),
    ...(definition.maxOutputTokens !== undefined && {
      maxOutputTokens: definition.maxOutputTokens,
    }),
  }
  const user: Message = { role: 'user', content: prompt.user }
  if (!memory || !definition.memory) {
    const messages: Message[] = system === '' ? [user] : [{ role: 'system', content: system }, user]
    return { messages, ...options }
  }
  const { tokenBudget, project } = definition.memory
  const context = buildContext(memory, tokenBudget, {
    user: [user],
    ...(system !== '' && { system }),
    ...(prompt.tools && { tools: prompt.tools }),
    ...(project && { project }),
    ...(definition.maxOutputTokens !== undefined && {
      maxOutputTokens: definition.maxOutputTokens,
    }),
  })
  for (const [section, tokens] of Object.entries(context.ledger)) {
    if (typeof tokens === 'number') span.set({ [`holdfast.context.${section}`]: tokens })
  }
  return { ...options, messages: context.messages, maxOutputTokens: context.maxOutputTokens }
}
