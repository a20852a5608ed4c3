import type { Message, ToolDefinition } from '../../model/message.ts'
import type { ModelCapabilities, ModelRequest, OutputFormat } from '../../model/model.ts'
import { withSchemaInstruction } from '../http/schema-instruction.ts'
import { schemaName } from '../http/schema-name.ts'
import { isReasoningModel, type ServerTraits } from './server-traits.ts'
import { toSentSchema } from './strict-schema.ts'

export interface ChatCompletionTarget {
  readonly model: string
  readonly traits: ServerTraits
  readonly provider: string
  readonly structuredOutput: ModelCapabilities['structuredOutput']
  /** Asks for token counts at the end of a stream. */
  readonly streamUsage: boolean
}

/** The body of `POST /chat/completions`. */
export function encodeChatCompletion(
  request: ModelRequest,
  target: ChatCompletionTarget,
  stream: boolean,
): Record<string, unknown> {
  const { output, tools, toolChoice } = request
  const format = output && responseFormat(output, target.structuredOutput)
  return {
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

function responseFormat(
  output: OutputFormat,
  ability: ModelCapabilities['structuredOutput'],
): ResponseFormat | undefined {
  if (output.type === 'text' || ability === 'none') return undefined
  if (ability === 'json' || !output.schema) return { type: 'json_object' }
  if (output.schema.type !== 'object') return 'in-prompt'
  const { schema, strict } = toSentSchema(output.schema)
  return { type: 'json_schema', json_schema: { name: schemaName(output.name), schema, strict } }
}
