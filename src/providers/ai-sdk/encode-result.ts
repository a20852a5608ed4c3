import type {
  LanguageModelV3FinishReason,
  LanguageModelV3GenerateResult,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  SharedV3ProviderMetadata,
} from '@ai-sdk/provider'
import type { ToolCall } from '../../model/message.ts'
import type { FinishReason, ModelResult, ResponseIdentity } from '../../model/model.ts'
import type { Usage } from '../../model/usage.ts'

/** What versions 3 and 4 of the interface both take: one code serves both. */
export type GenerateResult = LanguageModelV3GenerateResult & LanguageModelV4GenerateResult
export type StreamPart = LanguageModelV3StreamPart & LanguageModelV4StreamPart

/** What ends an answer, whole or streamed. */
export type AnswerEnd = Pick<ModelResult, 'finishReason' | 'refusal' | 'usage' | 'response'>

export function encodeResult(
  result: ModelResult,
  warnings: GenerateResult['warnings'],
): GenerateResult {
  const text = result.text === '' ? [] : [{ type: 'text' as const, text: result.text }]
  return {
    content: [...text, ...result.toolCalls.map(encodeToolCall)],
    ...encodeEnd(result),
    response: encodeIdentity(result.response),
    warnings,
  }
}

export function encodeEnd(end: AnswerEnd): {
  readonly finishReason: LanguageModelV3FinishReason
  readonly usage: LanguageModelV3Usage
  readonly providerMetadata: SharedV3ProviderMetadata
} {
  return {
    finishReason: encodeFinishReason(end.finishReason),
    usage: encodeUsage(end.usage),
    providerMetadata: { holdfast: encodeMetadata(end) },
  }
}

export function encodeIdentity({ requestId, servedModel }: ResponseIdentity): {
  id?: string
  modelId?: string
} {
  return {
    ...(requestId !== undefined && { id: requestId }),
    ...(servedModel !== undefined && { modelId: servedModel }),
  }
}

export function encodeToolCall({
  id,
  name,
  arguments: input,
}: ToolCall): Extract<StreamPart, { type: 'tool-call' }> {
  return { type: 'tool-call', toolCallId: id, toolName: name, input }
}

/** The SDK has no word for a refusal; those who know ours find it in `raw`. */
function encodeFinishReason(reason: FinishReason): LanguageModelV3FinishReason {
  return { unified: reason === 'refusal' ? 'content-filter' : reason, raw: reason }
}

function encodeUsage(usage: Usage | undefined): LanguageModelV3Usage {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage ?? {}
  return {
    inputTokens: {
      total: inputTokens,
      noCache: minus(inputTokens, cachedInputTokens),
      cacheRead: cachedInputTokens,
      cacheWrite: undefined,
    },
    outputTokens: {
      total: outputTokens,
      text: minus(outputTokens, reasoningTokens),
      reasoning: reasoningTokens,
    },
  }
}

function minus(total: number | undefined, part: number | undefined): number | undefined {
  return total === undefined ? undefined : total - (part ?? 0)
}

function encodeMetadata({ refusal, usage, response }: AnswerEnd): SharedV3ProviderMetadata[string] {
  return {
    ...(refusal !== undefined && { refusal }),
    ...(usage?.estimated && { estimatedUsage: true }),
    ...(response.servedModel !== undefined && { servedModel: response.servedModel }),
    ...(response.fingerprint !== undefined && { fingerprint: response.fingerprint }),
  }
}
