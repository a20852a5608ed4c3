import type { SharedV3Warning } from '@ai-sdk/provider'
import { isRecord } from '../../base/json.ts'
import type { ToolDefinition } from '../../model/message.ts'
import type { ModelRequest } from '../../model/model.ts'
import { type CallOptions, decodePrompt, unsupported } from './decode-prompt.ts'

/** A call of the AI SDK as a request, and what of it had to be left out. */
export interface DecodedCall {
  readonly request: ModelRequest
  readonly warnings: SharedV3Warning[]
}

/** Settings of the SDK that the port does not have: they shape the wording, and are reported. */
const settingsLeftOut = ['topK', 'presencePenalty', 'frequencyPenalty', 'reasoning'] as const

/** Throws `WireFault` of kind `unsupported` for what cannot be left out. */
export function decodeCall(options: CallOptions): DecodedCall {
  const { maxOutputTokens, temperature, topP, seed, stopSequences, providerOptions } = options
  const request: ModelRequest = {
    messages: decodePrompt(options.prompt),
    ...decodeOutput(options.responseFormat),
    ...decodeTools(options),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(seed !== undefined && { seed }),
    ...(stopSequences !== undefined && { stopSequences }),
    ...(providerOptions !== undefined && { providerOptions }),
  }
  return { request, warnings: warningsFor(options) }
}

function decodeOutput(format: CallOptions['responseFormat']): Pick<ModelRequest, 'output'> {
  if (format === undefined) return {}
  if (format.type === 'text') return { output: { type: 'text' } }
  const { name, schema } = format
  const jsonSchema = isRecord(schema) ? schema : undefined
  return {
    output: {
      type: 'json',
      ...(name !== undefined && { name }),
      ...(jsonSchema && { schema: jsonSchema }),
    },
  }
}

function decodeTools({
  tools,
  toolChoice,
}: CallOptions): Pick<ModelRequest, 'tools' | 'toolChoice'> {
  if (tools === undefined || tools.length === 0) return {}
  const choice = toolChoice?.type === 'tool' ? { name: toolChoice.toolName } : toolChoice?.type
  return { tools: tools.map(decodeTool), ...(choice !== undefined && { toolChoice: choice }) }
}

function decodeTool(tool: NonNullable<CallOptions['tools']>[number]): ToolDefinition {
  if (tool.type !== 'function') throw unsupported(`the provider's own tool ${tool.id}`)
  const { name, description, inputSchema } = tool
  return {
    name,
    ...(description !== undefined && { description }),
    parameters: isRecord(inputSchema) ? inputSchema : {},
  }
}

function warningsFor(options: CallOptions): SharedV3Warning[] {
  const given = new Map<string, unknown>(Object.entries(options))
  return settingsLeftOut
    .filter((name) => given.get(name) !== undefined && given.get(name) !== 'provider-default')
    .map((feature) => ({ type: 'unsupported', feature }))
}
