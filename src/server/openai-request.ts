import { isRecord } from '../base/json.ts'
import type { Message, ToolCall, ToolDefinition } from '../model/message.ts'
import type { ModelRequest, OutputFormat } from '../model/model.ts'
import { list, record, text, wrong } from './read-fields.ts'

/** A chat completions request in our words. */
export interface ChatRequest {
  readonly model: string
  readonly stream: boolean
  /** The client wants a last chunk with the usage. */
  readonly includeUsage: boolean
  readonly request: ModelRequest
}

/** @throws INVALID_INPUT that names the field and what it has to be. */
export function parseChatRequest(body: unknown): ChatRequest {
  const fields = record(body, '(body)')
  const model = text(fields.model, 'model')
  const messages = list(fields.messages, 'messages').map(parseMessage)
  if (messages.length === 0) throw wrong('messages', 'a list that is not empty')
  if (fields.n !== undefined && fields.n !== 1)
    throw wrong('n', '1; more than one choice is not served')
  const streamOptions = isRecord(fields.stream_options) ? fields.stream_options : {}
  return {
    model,
    stream: fields.stream === true,
    includeUsage: streamOptions.include_usage === true,
    request: {
      messages,
      ...parseOutput(fields.response_format),
      ...parseTools(fields.tools),
      ...optionalNumber(
        'maxOutputTokens',
        fields.max_completion_tokens ?? fields.max_tokens,
        'max_tokens',
      ),
      ...optionalNumber('temperature', fields.temperature, 'temperature'),
      ...optionalNumber('topP', fields.top_p, 'top_p'),
      ...optionalNumber('seed', fields.seed, 'seed'),
      ...parseStop(fields.stop),
    },
  }
}

function parseMessage(value: unknown, index: number): Message {
  const at = `messages[${index}]`
  const message = record(value, at)
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: content(message.content, at) }
    case 'user':
      return { role: 'user', content: content(message.content, at) }
    case 'assistant': {
      const calls =
        message.tool_calls === undefined || message.tool_calls === null
          ? []
          : list(message.tool_calls, `${at}.tool_calls`)
      const toolCalls = calls.map((call, position) =>
        parseToolCall(call, `${at}.tool_calls[${position}]`),
      )
      const said =
        message.content === null || message.content === undefined
          ? ''
          : content(message.content, at)
      return { role: 'assistant', content: said, ...(toolCalls.length > 0 && { toolCalls }) }
    }
    case 'tool':
      return {
        role: 'tool',
        toolCallId: text(message.tool_call_id, `${at}.tool_call_id`),
        toolName: typeof message.name === 'string' ? message.name : 'tool',
        content: content(message.content, at),
      }
    default:
      throw wrong(`${at}.role`, 'system, developer, user, assistant or tool')
  }
}

/** A string, or text parts. */
function content(value: unknown, at: string): string {
  if (typeof value === 'string') return value
  return list(value, `${at}.content`)
    .map((part, index) => {
      const fields = record(part, `${at}.content[${index}]`)
      if (fields.type !== 'text')
        throw wrong(`${at}.content[${index}].type`, 'text; other parts are not served')
      return text(fields.text, `${at}.content[${index}].text`)
    })
    .join('')
}

function parseToolCall(value: unknown, at: string): ToolCall {
  const call = record(value, at)
  const called = record(call.function, `${at}.function`)
  return {
    id: text(call.id, `${at}.id`),
    name: text(called.name, `${at}.function.name`),
    arguments: text(called.arguments, `${at}.function.arguments`),
  }
}

function parseTools(value: unknown): { tools?: ToolDefinition[] } {
  if (value === undefined || value === null) return {}
  const tools = list(value, 'tools').map((tool, index): ToolDefinition => {
    const fields = record(record(tool, `tools[${index}]`).function, `tools[${index}].function`)
    return {
      name: text(fields.name, `tools[${index}].function.name`),
      parameters: isRecord(fields.parameters)
        ? fields.parameters
        : { type: 'object', properties: {} },
      ...(typeof fields.description === 'string' && { description: fields.description }),
    }
  })
  return tools.length > 0 ? { tools } : {}
}

function parseOutput(value: unknown): { output?: OutputFormat } {
  if (value === undefined || value === null) return {}
  const format = record(value, 'response_format')
  switch (format.type) {
    case 'text':
      return {}
    case 'json_object':
      return { output: { type: 'json' } }
    case 'json_schema': {
      const named = record(format.json_schema, 'response_format.json_schema')
      const schema = record(named.schema, 'response_format.json_schema.schema')
      return {
        output: {
          type: 'json',
          schema,
          ...(typeof named.name === 'string' && { name: named.name }),
        },
      }
    }
    default:
      throw wrong('response_format.type', 'text, json_object or json_schema')
  }
}

function parseStop(value: unknown): { stopSequences?: string[] } {
  if (value === undefined || value === null) return {}
  if (typeof value === 'string') return { stopSequences: [value] }
  return { stopSequences: list(value, 'stop').map((each, index) => text(each, `stop[${index}]`)) }
}

function optionalNumber<Key extends string>(
  key: Key,
  value: unknown,
  at: string,
): { [K in Key]?: number } {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(at, 'a number')
  return { [key]: value } as { [K in Key]: number }
}
