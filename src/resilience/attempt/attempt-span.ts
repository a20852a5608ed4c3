import type { Span } from '../../base/telemetry-port.ts'
import type { AttemptCause } from '../../model/answer.ts'
import {
  errorType,
  genAi,
  httpStatusCode,
  own,
  systemFingerprint,
} from '../../model/conventions.ts'
import { isModelFault } from '../../model/fault.ts'
import type { Model, ModelRequest, ModelResult, ResponseIdentity } from '../../model/model.ts'
import type { Usage } from '../../model/usage.ts'

export interface AttemptFacts {
  readonly attempt: number
  readonly why: AttemptCause
  readonly model: Model
  readonly request: ModelRequest
  readonly stream: boolean
}

/** The span of a request to a provider: the only place where its usage stands. */
export function openAttemptSpan(parent: Span, facts: AttemptFacts): Span {
  const { model, request } = facts
  const span = parent.child(
    `chat ${model.id}`,
    {
      [genAi.operationName]: 'chat',
      [genAi.providerName]: model.provider,
      [genAi.requestModel]: model.id,
      [genAi.requestMaxTokens]: request.maxOutputTokens,
      [genAi.requestTemperature]: request.temperature,
      [genAi.requestTopP]: request.topP,
      [genAi.requestSeed]: request.seed,
      [genAi.requestStopSequences]: request.stopSequences,
      [genAi.requestStream]: facts.stream,
      [genAi.outputType]: request.output?.type ?? 'text',
      [own.attempt]: facts.attempt,
      [own.attemptReason]: facts.why,
    },
    'client',
  )
  span.content(genAi.inputMessages, request.messages)
  if (request.tools) span.content(genAi.toolDefinitions, request.tools)
  return span
}

export interface SpanEnding {
  readonly stream: boolean
  readonly usage: Usage | undefined
  readonly response: ResponseIdentity
  readonly firstContentMs: number | undefined
  readonly result: ModelResult | undefined
  readonly error: unknown
  readonly reason: string | undefined
}

export function closeAttemptSpan(span: Span, ending: SpanEnding): void {
  const { usage, response, result, firstContentMs } = ending
  span.set({
    [genAi.responseModel]: response.servedModel,
    [genAi.responseId]: response.requestId,
    [systemFingerprint]: response.fingerprint,
    [genAi.responseFinishReasons]: result && [result.finishReason],
    // Without a stream the first content is the whole answer, and its time says nothing.
    [genAi.responseTimeToFirstChunk]:
      ending.stream && firstContentMs !== undefined ? firstContentMs / 1_000 : undefined,
    [genAi.usageInputTokens]: usage?.inputTokens,
    [genAi.usageOutputTokens]: usage?.outputTokens,
    [genAi.usageCacheReadInputTokens]: usage?.cachedInputTokens,
    [genAi.usageReasoningOutputTokens]: usage?.reasoningTokens,
    [own.usageEstimated]: usage?.estimated,
    [own.firstContentMs]: firstContentMs,
    [errorType]: ending.reason,
    [httpStatusCode]: statusOf(ending.error),
  })
  if (result) {
    const { text, toolCalls } = result
    span.content(genAi.outputMessages, [{ role: 'assistant', content: text, toolCalls }])
  }
  span.end(ending.error)
}

function statusOf(error: unknown): number | undefined {
  if (!isModelFault(error)) return undefined
  return error.evidence.kind === 'http' ? error.evidence.status : undefined
}
