import type { Message, ToolDefinition } from '../../model/message.ts'
import type { ModelCapabilities, ModelRequest, OutputFormat } from '../../model/model.ts'
import { type AdaptedSchema, adaptSchema } from '../schema/adapt-schema.ts'
import { withSchemaInstruction } from '../schema/schema-instruction.ts'
import { schemaName } from '../schema/schema-name.ts'
import { isReasoningModel, type ServerTraits } from './server-traits.ts'

export interface ChatCompletionTarget {
  readonly model: string
  readonly traits: ServerTraits
  readonly provider: string
  readonly structuredOutput: ModelCapabilities['structuredOutput']
  /** Asks for token counts at the end of a stream. */
  readonly streamUsage: boolean
}

/** A request of the protocol, and the key that the answer will stand under. */
export interface EncodedChat {
  readonly body: Record<string, unknown>
  readonly envelope: string | undefined
}

/** The body of `POST /chat/completions`. */
export function encodeChatCompletion(
  request: ModelRequest,
  target: ChatCompletionTarget,
  stream: boolean,
): EncodedChat {
  const { output, tools, toolChoice } = request
  const adapted = adaptOutput(output, target)
  const format = output && responseFormat(output, target, adapted)
  const body = {
    model: target.model,
    messages: messagesFor(request, format).map(encodeMessage),
    ...(stream && { stream: true }),
    ...(stream && target.streamUsage && { stream_options: { include_usage: true } }),
    ...(format && format !== 'in-prompt' && { response_format: format }),
    ...(tools && tools.length > 0 && { tools: tools.map(encodeTool) }),
    ...(tools && tools.length > 0 && toolChoice && { tool_choice: encodeToolChoice(toolChoice) }),
    ...sampling(request, target),
    ...request.providerOptions?.[target.provider],
  }
  return { body, envelope: adapted?.envelope }
}

function messagesFor(
  request: ModelRequest,
  format: ResponseFormat | undefined,
): readonly Message[] {
  const { messages, output } = request
  if (format === 'in-prompt' && output?.type === 'json' && output.schema) {
    return withSchemaInstruction(messages, output.schema)
  }
  // OpenAI answers 400 to `json_object` when no message says JSON.
  const silent = !messages.some(({ content }) => /json/i.test(content))
  if (typeof format !== 'object' || format.type !== 'json_object' || !silent) return messages
  return [
    { role: 'system', content: 'Answer with one JSON object and with nothing else.' },
    ...messages,
  ]
}

function sampling(request: ModelRequest, target: ChatCompletionTarget): Record<string, unknown> {
  const { maxOutputTokens, temperature, topP, seed, stopSequences } = request
  // Refused by reasoning models with a 400, where leaving them out changes the wording at most.
  const steerable = !isReasoningModel(target.model)
  return {
    ...(maxOutputTokens !== undefined && { [target.traits.maxTokensField]: maxOutputTokens }),
    ...(steerable && temperature !== undefined && { temperature }),
    ...(steerable && topP !== undefined && { top_p: topP }),
    ...(seed !== undefined && { seed }),
    ...(stopSequences && stopSequences.length > 0 && { stop: stopSequences }),
  }
}

function encodeMessage(message: Message): Record<string, unknown> {
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content: message.content }
    case 'tool':
      return {
        role: 'tool',
        tool_call_id: message.toolCallId,
        content: message.isError ? `Error: ${message.content}` : message.content,
      }
    case 'assistant': {
      const calls = message.toolCalls ?? []
      if (calls.length === 0) return { role: 'assistant', content: message.content }
      return {
        role: 'assistant',
        content: message.content === '' ? null : message.content,
        tool_calls: calls.map((call) => ({
          id: call.id,
          type: 'function',
          function: { name: call.name, arguments: call.arguments },
        })),
      }
    }
  }
}

function encodeTool(tool: ToolDefinition): Record<string, unknown> {
  const { name, description, parameters } = tool
  return { type: 'function', function: { name, ...(description && { description }), parameters } }
}

function encodeToolChoice(choice: NonNullable<ModelRequest['toolChoice']>): unknown {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } }
}

/** `in-prompt`: the server takes objects only, so a schema of something else has to be asked for in words. */
type ResponseFormat = { readonly type: string; readonly json_schema?: unknown } | 'in-prompt'

function adaptOutput(
  output: OutputFormat | undefined,
  { structuredOutput, traits }: ChatCompletionTarget,
): AdaptedSchema | undefined {
  if (output?.type !== 'json' || structuredOutput !== 'json-schema') return undefined
  const { schema, nullsAreAbsent = false } = output
  return schema && adaptSchema({ schema, nullsAreAbsent }, traits.dialect)
}

/** A schema that no model can be held to is sent as a guide. */
function responseFormat(
  output: OutputFormat,
  { structuredOutput }: ChatCompletionTarget,
  adapted: AdaptedSchema | undefined,
): ResponseFormat | undefined {
  if (output.type === 'text' || structuredOutput === 'none') return undefined
  if (structuredOutput === 'json' || !output.schema) return { type: 'json_object' }
  if (!adapted && output.schema.type !== 'object') return 'in-prompt'
  const schema = adapted?.schema ?? output.schema
  const strict = adapted !== undefined
  return { type: 'json_schema', json_schema: { name: schemaName(output.name), schema, strict } }
}
