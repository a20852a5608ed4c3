import { isRecord } from '../../base/json.ts'
import type { Message } from '../../model/message.ts'
import type { ModelRequest } from '../../model/model.ts'
import { type AdaptedSchema, adaptSchema } from '../schema/adapt-schema.ts'
import { withSchemaInstruction } from '../schema/schema-instruction.ts'
import { schemaName } from '../schema/schema-name.ts'

/** A request of the Messages API, and the way on which a structured answer comes. */
export interface EncodedMessages {
  readonly body: Record<string, unknown>
  /** The answer is the input of this tool, which the model is made to call. */
  readonly answerTool: string | undefined
  /** The answer will stand under this key. */
  readonly envelope: string | undefined
}

/** 4,096: the API wants a limit, and this one every Claude model takes. */
const defaultMaxTokens = 4_096

export interface MessagesTarget {
  readonly model: string
  /** Whether the model can be held to a schema (`output_config.format`). */
  readonly followsSchema: boolean
}

/** The body of `POST /v1/messages` (docs.claude.com/en/api/messages). */
export function encodeMessages(
  request: ModelRequest,
  { model, followsSchema }: MessagesTarget,
  stream: boolean,
): EncodedMessages {
  const options = request.providerOptions?.anthropic
  const adapted = followsSchema ? adaptOutput(request) : undefined
  const answerTool = adapted ? undefined : answerToolFor(request, options)
  const messages = messagesFor(request, adapted !== undefined || answerTool !== undefined)
  const system = messages.filter((message) => message.role === 'system')
  const body = {
    model,
    max_tokens: request.maxOutputTokens ?? defaultMaxTokens,
    ...(system.length > 0 && { system: system.map(({ content }) => content).join('\n\n') }),
    messages: encodeTurns(messages),
    ...(stream && { stream: true }),
    ...sampling(request),
    ...(answerTool ? forceAnswer(request, answerTool) : tools(request)),
    ...options,
    ...(adapted && { output_config: { ...outputConfig(options), format: formatOf(adapted) } }),
  }
  return { body, answerTool, envelope: adapted?.envelope }
}

function adaptOutput({ output }: ModelRequest): AdaptedSchema | undefined {
  if (output?.type !== 'json' || !output.schema) return undefined
  const { schema, nullsAreAbsent = false } = output
  return adaptSchema({ schema, nullsAreAbsent }, 'anthropic')
}

const formatOf = ({ schema }: AdaptedSchema) => ({ type: 'json_schema', schema })

function outputConfig(options: unknown): Record<string, unknown> {
  return isRecord(options) && isRecord(options.output_config) ? options.output_config : {}
}

/**
 * Where the model cannot be held to the schema, the answer comes as the input of a tool that it has to
 * call. That is not to be had beside the caller's own tools, with extended thinking (both refuse a
 * forced tool), or for a schema of something else than an object: then the schema goes into the prompt.
 */
function answerToolFor(request: ModelRequest, options: unknown): string | undefined {
  const { output, tools } = request
  if (output?.type !== 'json' || output.schema?.type !== 'object') return undefined
  const thinks = isRecord(options) && isRecord(options.thinking)
  return (tools && tools.length > 0) || thinks ? undefined : schemaName(output.name)
}

function messagesFor(request: ModelRequest, isAskedFor: boolean): readonly Message[] {
  const { messages, output } = request
  if (isAskedFor || output?.type !== 'json') return messages
  return withSchemaInstruction(messages, output.schema ?? {})
}

function forceAnswer({ output }: ModelRequest, name: string): Record<string, unknown> {
  const schema = output?.type === 'json' ? output.schema : undefined
  const description = 'Gives the answer. Call it once, with the whole answer.'
  return {
    tools: [{ name, description, input_schema: schema }],
    tool_choice: { type: 'tool', name },
  }
}

function tools({ tools, toolChoice }: ModelRequest): Record<string, unknown> {
  if (!tools || tools.length === 0) return {}
  return {
    tools: tools.map(({ name, description, parameters }) => ({
      name,
      ...(description && { description }),
      input_schema: parameters,
    })),
    ...(toolChoice && { tool_choice: encodeToolChoice(toolChoice) }),
  }
}

function encodeToolChoice(choice: NonNullable<ModelRequest['toolChoice']>): unknown {
  if (typeof choice !== 'string') return { type: 'tool', name: choice.name }
  return { type: choice === 'required' ? 'any' : choice }
}

function sampling(request: ModelRequest): Record<string, unknown> {
  const { temperature, topP, stopSequences } = request
  return {
    ...(temperature !== undefined && { temperature }),
    // Newer models refuse both at once.
    ...(topP !== undefined && temperature === undefined && { top_p: topP }),
    ...(stopSequences && stopSequences.length > 0 && { stop_sequences: stopSequences }),
  }
}

type Turn = { readonly role: 'user' | 'assistant'; readonly content: unknown[] }

/** One turn for what follows under the same role: tool results have to come in one message. */
function encodeTurns(messages: readonly Message[]): Turn[] {
  const turns: Turn[] = []
  for (const message of messages) {
    if (message.role === 'system') continue
    const role = message.role === 'assistant' ? 'assistant' : 'user'
    const blocks = encodeBlocks(message)
    const last = turns.at(-1)
    if (last?.role === role) last.content.push(...blocks)
    else if (blocks.length > 0) turns.push({ role, content: blocks })
  }
  return withoutTrailingSpace(turns)
}

function encodeBlocks(message: Exclude<Message, { role: 'system' }>): unknown[] {
  if (message.role === 'tool') {
    const { toolCallId, content, isError } = message
    return [
      { type: 'tool_result', tool_use_id: toolCallId, content, ...(isError && { is_error: true }) },
    ]
  }
  // An empty text block is refused.
  const blocks: unknown[] = message.content === '' ? [] : [{ type: 'text', text: message.content }]
  const calls = message.role === 'assistant' ? (message.toolCalls ?? []) : []
  for (const { id, name, arguments: text } of calls) {
    blocks.push({ type: 'tool_use', id, name, input: parseInput(text) })
  }
  return blocks
}

/** A prompt that ends in the beginning of the answer must not end in white space (400). */
function withoutTrailingSpace(turns: Turn[]): Turn[] {
  const last = turns.at(-1)
  const block = last?.content.at(-1)
  if (last?.role !== 'assistant' || !isRecord(block) || typeof block.text !== 'string') return turns
  return [
    ...turns.slice(0, -1),
    { ...last, content: [...last.content.slice(0, -1), { ...block, text: block.text.trimEnd() }] },
  ]
}

/** The API takes the input as an object; arguments that are none are shown to the model as they were. */
function parseInput(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : { value }
  } catch {
    return { text }
  }
}
