import type { Span } from '../base/telemetry-port.ts'
import { type BuiltContext, buildContext } from '../context/build-context.ts'
import { contextAttribute } from '../model/conventions.ts'
import type { Message } from '../model/message.ts'
import type { ModelRequest } from '../model/model.ts'
import type { Prompt } from './definition.ts'
import type { PreparedPipeline } from './prepare.ts'
import type { Remembered } from './recall-memory.ts'

export interface BuiltRequest {
  readonly request: ModelRequest
  /** Undefined for a pipeline without memory. */
  readonly context: BuiltContext | undefined
}

/** Turns the prompt and what is remembered into one request under the token budget. */
export function buildRequest(
  pipeline: PreparedPipeline,
  prompt: Prompt,
  remembered: Remembered | undefined,
  span: Span,
): BuiltRequest {
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
  if (!remembered || !definition.memory) {
    const messages: Message[] = system === '' ? [user] : [{ role: 'system', content: system }, user]
    return { request: { messages, ...options }, context: undefined }
  }
  const { memory, state, nearest } = remembered
  const context = buildContext(memory, definition.memory.tokenBudget, {
    user: [user],
    system: system === '' ? undefined : system,
    tools: prompt.tools,
    project: definition.memory.project,
    maxOutputTokens: definition.maxOutputTokens,
    recall: state.index.search,
    nearest,
    epoch: state.epoch,
    calibration: pipeline.calibration,
  })
  state.epoch = context.epoch
  for (const [section, tokens] of Object.entries(context.ledger)) {
    if (typeof tokens === 'number') span.set({ [contextAttribute(section)]: tokens })
  }
  for (const left of context.left) span.event('context.left-out', { ...left })
  const { messages, maxOutputTokens } = context
  return { request: { ...options, messages, maxOutputTokens }, context }
}
