import type { LanguageModelV4CallOptions, LanguageModelV4Message } from '@ai-sdk/provider'
import type { Message } from '../../model/message.ts'
import type { AttemptOptions, ModelRequest } from '../../model/model.ts'

/** A request as the AI SDK's versions 2 to 4 of its provider interface all take it. */
export function encodeCall(
  request: ModelRequest,
  { signal, headers }: AttemptOptions,
): LanguageModelV4CallOptions {
  const { maxOutputTokens, temperature, topP, seed, stopSequences, providerOptions } = request
  return {
    prompt: request.messages.map(encodeMessage),
    abortSignal: signal,
    ...(headers && { headers }),
    ...(request.output && { responseFormat: encodeOutput(request.output) }),
    ...encodeTools(request),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(seed !== undefined && { seed }),
    ...(stopSequences && { stopSequences: [...stopSequences] }),
    ...(providerOptions && { providerOptions: providerOptions as JsonOptions }),
  }
}

/** The interface wants JSON, which is what options of a provider are. */
type JsonOptions = NonNullable<LanguageModelV4CallOptions['providerOptions']>
type JsonFormat = NonNullable<LanguageModelV4CallOptions['responseFormat']>
type JsonTools = NonNullable<LanguageModelV4CallOptions['tools']>

function encodeOutput(output: NonNullable<ModelRequest['output']>): JsonFormat {
  if (output.type === 'text') return { type: 'text' }
  const { name, schema } = output
  return { type: 'json', ...(name && { name }), ...(schema && { schema: { ...schema } }) }
}

function encodeTools({ tools, toolChoice }: ModelRequest): Partial<LanguageModelV4CallOptions> {
  if (!tools || tools.length === 0) return {}
  const encoded: JsonTools = tools.map(({ name, description, parameters }) => ({
    type: 'function',
    name,
    ...(description && { description }),
    inputSchema: { ...parameters },
  }))
  if (toolChoice === undefined) return { tools: encoded }
  return {
    tools: encoded,
    toolChoice:
      typeof toolChoice === 'string'
        ? { type: toolChoice }
        : { type: 'tool', toolName: toolChoice.name },
  }
}

function encodeMessage(message: Message): LanguageModelV4Message {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content }
    case 'user':
      return { role: 'user', content: [{ type: 'text', text: message.content }] }
    case 'assistant': {
      const calls = (message.toolCalls ?? []).map(({ id, name, arguments: text }) => ({
        type: 'tool-call' as const,
        toolCallId: id,
        toolName: name,
        input: parseInput(text),
      }))
      const text = { type: 'text' as const, text: message.content }
      return { role: 'assistant', content: message.content === '' ? calls : [text, ...calls] }
    }
    case 'tool': {
      const { toolCallId, toolName, content: value, isError } = message
      const output = { type: isError ? ('error-text' as const) : ('text' as const), value }
      return { role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName, output }] }
    }
  }
}

/** The interface wants the arguments as a value; what is not JSON is passed on as it was written. */
function parseInput(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
