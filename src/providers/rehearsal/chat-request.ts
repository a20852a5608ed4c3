import { isRecord } from '../../base/json.ts'
import type { Message, ToolCall, ToolDefinition } from '../../model/message.ts'
import type { ModelRequest, OutputFormat } from '../../model/model.ts'

/** What `POST /v1/chat/completions` was asked. */
export interface ChatRequest {
  readonly model: string
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly request: ModelRequest
}

/** Reads the body of a request; gives what is wrong with it where it cannot be answered. */
export function readChatRequest(body: unknown): ChatRequest | { readonly problem: string } {
  if (!isRecord(body)) return { problem: 'the body is not a JSON object' }
  if (typeof body.model !== 'string') return { problem: 'model is missing' }
  if (!Array.isArray(body.messages) || body.messages.length === 0) {
    return { problem: 'messages is missing or empty' }
  }
  const limit = body.max_completion_tokens ?? body.max_tokens
  const output = readFormat(body.response_format)
  const tools = readTools(body.tools)
  const toolChoice = readToolChoice(body.tool_choice)
  return {
    model: body.model,
    stream: body.stream === true,
    includeUsage: isRecord(body.stream_options) && body.stream_options.include_usage === true,
    request: {
      messages: body.messages.filter(isRecord).map(readMessage),
      ...(output && { output }),
      ...(tools.length > 0 && { tools }),
      ...(toolChoice !== undefined && { toolChoice }),
      ...(typeof limit === 'number' && { maxOutputTokens: limit }),
    },
  }
}

function readMessage(message: Record<string, unknown>): Message {
  const content = textOf(message.content)
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content }
    case 'assistant': {
      const toolCalls = readToolCalls(message.tool_calls)
      return { role: 'assistant', content, ...(toolCalls.length > 0 && { toolCalls }) }
    }
    case 'tool':
      return {
        role: 'tool',
        toolCallId: textOf(message.tool_call_id),
        toolName: 'The tool',
        content,
      }
    default:
      return { role: 'user', content }
  }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part) => (isRecord(part) ? textOf(part.text) : '')).join('')
}

function readToolCalls(calls: unknown): ToolCall[] {
  if (!Array.isArray(calls)) return []
  return calls.filter(isRecord).map(({ id, function: called }) => ({
    id: textOf(id),
    name: isRecord(called) ? textOf(called.name) : '',
    arguments: isRecord(called) ? textOf(called.arguments) : '',
  }))
}

function readFormat(format: unknown): OutputFormat | undefined {
  if (!isRecord(format) || format.type === 'text') return undefined
  const schema = isRecord(format.json_schema) ? format.json_schema.schema : undefined
  return { type: 'json', ...(isRecord(schema) && { schema }) }
}

function readTools(tools: unknown): ToolDefinition[] {
  if (!Array.isArray(tools)) return []
  return tools.flatMap((tool): ToolDefinition[] => {
    if (!isRecord(tool) || !isRecord(tool.function)) return []
    const { name, description, parameters } = tool.function
    return [
      {
        name: textOf(name),
        ...(typeof description === 'string' && { description }),
        parameters: isRecord(parameters) ? parameters : { type: 'object' },
      },
    ]
  })
}

function readToolChoice(choice: unknown): ModelRequest['toolChoice'] {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice
  const called = isRecord(choice) ? choice.function : undefined
  return isRecord(called) ? { name: textOf(called.name) } : undefined
}
