import {
  callSpanPrefix,
  enqueueSpanPrefix,
  errorType,
  genAi,
  httpStatusCode,
  own,
  queueWaitSpan,
  systemFingerprint,
} from '../../src/model/conventions.ts'

/** What an attribute holds, as the semantic conventions say. */
export type AttributeType = 'string' | 'int' | 'number' | 'boolean' | 'strings' | 'messages'

/** Attributes that a span may bear. Those of the conventions have the type that is published for them. */
export const spanAttributes: Readonly<Record<string, AttributeType>> = {
  [genAi.operationName]: 'string',
  [genAi.providerName]: 'string',
  [genAi.conversationId]: 'string',
  [genAi.outputType]: 'string',
  [genAi.requestModel]: 'string',
  [genAi.requestMaxTokens]: 'int',
  [genAi.requestTemperature]: 'number',
  [genAi.requestTopP]: 'number',
  [genAi.requestSeed]: 'int',
  [genAi.requestStream]: 'boolean',
  [genAi.requestStopSequences]: 'strings',
  [genAi.responseId]: 'string',
  [genAi.responseModel]: 'string',
  [genAi.responseFinishReasons]: 'strings',
  [genAi.responseTimeToFirstChunk]: 'number',
  [genAi.usageInputTokens]: 'int',
  [genAi.usageOutputTokens]: 'int',
  [genAi.usageCacheReadInputTokens]: 'int',
  [genAi.usageReasoningOutputTokens]: 'int',
  [systemFingerprint]: 'string',
  [errorType]: 'string',
  [httpStatusCode]: 'int',
  [own.pipeline]: 'string',
  [own.conversationKey]: 'string',
  [own.answerId]: 'string',
  [own.run]: 'int',
  [own.source]: 'string',
  [own.degraded]: 'boolean',
  [own.degradedReason]: 'string',
  [own.attempts]: 'int',
  [own.usageInputTokens]: 'int',
  [own.usageOutputTokens]: 'int',
  [own.usageEstimated]: 'boolean',
  [own.costUsd]: 'number',
  [own.rehearsal]: 'boolean',
  [own.attempt]: 'int',
  [own.attemptReason]: 'string',
  [own.firstContentMs]: 'number',
  [own.rejected]: 'string',
  'holdfast.corrections': 'int',
  'holdfast.corrections.tokens': 'int',
  'holdfast.corrections.cost.usd': 'number',
}

/** A log event says what its span does, and the contents. */
export const logAttributes: Readonly<Record<string, AttributeType>> = {
  ...spanAttributes,
  [genAi.inputMessages]: 'messages',
  [genAi.outputMessages]: 'messages',
}

/** What the conventions require of a request to a model. */
export const requiredOfAttempts = [
  genAi.operationName,
  genAi.providerName,
  genAi.requestModel,
  own.attempt,
  own.attemptReason,
]

/** Names of the spans that are no attempts; a name with variable parts is found by its beginning. */
export const spanNames = [
  callSpanPrefix,
  enqueueSpanPrefix,
  queueWaitSpan,
  'memory.read',
  'memory.append',
  'context.build',
  'output.check',
  'retry.backoff',
  'step ',
]

/** Of the published list of operations, the one that is asked for here. */
export const operations = ['chat']

/** As published for `gen_ai.output.type`. */
export const outputTypes = ['text', 'json', 'image', 'speech']

export function isOfType(type: AttributeType, value: unknown): boolean {
  switch (type) {
    case 'int':
      return Number.isSafeInteger(value) && Number(value) >= 0
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
    case 'messages':
      return Array.isArray(value)
    default:
      return typeof value === type && !Number.isNaN(value)
  }
}
