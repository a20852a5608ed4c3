import { isRecord } from '../../base/json.ts'
import type { ToolCall } from '../../model/message.ts'
import type { FinishReason, ResponseIdentity } from '../../model/model.ts'
import type { Usage } from '../../model/usage.ts'

/** Reads a finish reason: a word in version 2 of the interface, a word with the provider's own beside it since. */
export function readFinishReason(reason: unknown): FinishReason | 'interrupted' {
  const unified = isRecord(reason) ? reason.unified : reason
  const raw = isRecord(reason) ? reason.raw : undefined
  if (raw === 'refusal') return 'refusal'
  // The provider did not say why it stopped; the SDK calls that an error, newer ones an interruption.
  if (unified === 'interrupted' || (unified === 'error' && raw === undefined)) return 'interrupted'
  switch (unified) {
    case 'stop':
    case 'length':
    case 'content-filter':
    case 'tool-calls':
    case 'error':
      return unified
    default:
      return 'other'
  }
}

/** Reads token counts: numbers in version 2 of the interface, numbers by kind since. */
export function readUsage(usage: unknown): Usage | undefined {
  if (!isRecord(usage)) return undefined
  const { inputTokens: input, outputTokens: output } = usage
  const inputTokens = isRecord(input) ? input.total : input
  const outputTokens = isRecord(output) ? output.total : output
  if (typeof inputTokens !== 'number' || typeof outputTokens !== 'number') return undefined
  const cached = isRecord(input) ? input.cacheRead : usage.cachedInputTokens
  const reasoning = isRecord(output) ? output.reasoning : usage.reasoningTokens
  return {
    inputTokens,
    outputTokens,
    ...(typeof cached === 'number' && { cachedInputTokens: cached }),
    ...(typeof reasoning === 'number' && { reasoningTokens: reasoning }),
  }
}

export function readIdentity(metadata: unknown): ResponseIdentity {
  if (!isRecord(metadata)) return {}
  const { id, modelId } = metadata
  return {
    ...(typeof id === 'string' && { requestId: id }),
    ...(typeof modelId === 'string' && { servedModel: modelId }),
  }
}

/** A call that the caller is to make; undefined for one that the provider has made itself. */
export function readToolCall(part: Record<string, unknown>): ToolCall | undefined {
  const { toolCallId: id, toolName: name, input, providerExecuted } = part
  if (providerExecuted === true || typeof id !== 'string' || typeof name !== 'string') {
    return undefined
  }
  return { id, name, arguments: typeof input === 'string' ? input : JSON.stringify(input ?? {}) }
}
