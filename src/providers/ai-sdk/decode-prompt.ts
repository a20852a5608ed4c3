import type {
  LanguageModelV3CallOptions,
  LanguageModelV3Message,
  LanguageModelV4CallOptions,
  LanguageModelV4Message,
} from '@ai-sdk/provider'
import type { Message, ToolCall } from '../../model/message.ts'
import { WireFault } from '../http/failures.ts'

/** What the AI SDK asks of a model, in the versions that a model of ours can be given to. */
export type CallOptions = LanguageModelV3CallOptions | LanguageModelV4CallOptions

type PromptMessage = LanguageModelV3Message | LanguageModelV4Message
type Part = Exclude<PromptMessage['content'], string>[number]
type ToolOutput = Extract<Part, { type: 'tool-result' }>['output']

/**
 * The messages of a prompt of the AI SDK. Reasoning of earlier turns is left out: it is bound to the
 * provider that wrote it, and the one that answers now may be another.
 *
 * @throws `WireFault` of kind `unsupported` for a part that is not text, such as a file.
 */
export function decodePrompt(prompt: CallOptions['prompt']): Message[] {
  const messages: Message[] = []
  for (const message of prompt) messages.push(...decodeMessage(message))
  return messages
}

function decodeMessage(message: PromptMessage): Message[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: message.content }]
    case 'user':
      return [{ role: 'user', content: message.content.map(textOf).join('') }]
    case 'assistant':
      return [decodeAssistant(message.content)]
    case 'tool':
      return message.content.flatMap(decodeToolResult)
  }
}

function decodeAssistant(parts: readonly Part[]): Message {
  const toolCalls = parts.flatMap((part): ToolCall[] => {
    if (part.type !== 'tool-call') return []
    if (part.providerExecuted) throw unsupported('a tool that the provider runs')
    return [{ id: part.toolCallId, name: part.toolName, arguments: printInput(part.input) }]
  })
  const content = parts.map((part) => (part.type === 'tool-call' ? '' : textOf(part))).join('')
  return { role: 'assistant', content, ...(toolCalls.length > 0 && { toolCalls }) }
}

function decodeToolResult(part: Part): Message[] {
  // An approval is acted on by the SDK before it calls the model.
  if (part.type !== 'tool-result') return []
  const { toolCallId, toolName, output } = part
  const isError = output.type.startsWith('error') || output.type === 'execution-denied'
  const content = printOutput(output)
  return [{ role: 'tool', toolCallId, toolName, content, ...(isError && { isError }) }]
}

function printOutput(output: ToolOutput): string {
  switch (output.type) {
    case 'text':
    case 'error-text':
      return output.value
    case 'json':
    case 'error-json':
      return JSON.stringify(output.value)
    case 'execution-denied':
      return output.reason ?? 'The call was not allowed.'
    case 'content':
      return output.value.map((part) => textOf(part)).join('')
  }
}

function textOf(part: { readonly type: string }): string {
  if (part.type === 'text' && 'text' in part && typeof part.text === 'string') return part.text
  if (part.type === 'reasoning') return ''
  throw unsupported(part.type === 'file' ? 'a file in the prompt' : `a ${part.type} part`)
}

function printInput(input: unknown): string {
  return typeof input === 'string' ? input : JSON.stringify(input ?? {})
}

export function unsupported(feature: string): WireFault {
  return new WireFault({ kind: 'unsupported', feature })
}
