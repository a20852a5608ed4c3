/**
 * The names under which things are observed, in one place.
 *
 * `genAi` are OpenTelemetry's semantic conventions for generative AI. They are still in development and
 * their strings have no promise of stability, so they are written out here, and a test compares them
 * with what OpenTelemetry publishes. `own` is what the conventions do not know: the logical call around
 * its attempts, its outcome and its cost.
 */

/** The state of the conventions that these names follow (semantic-conventions-genai, on core 1.41). */
export const conventionsVersion = '1.41.0'

export const schemaUrl = `https://opentelemetry.io/schemas/${conventionsVersion}`

/** Attributes of a request to a provider. `gen_ai.usage.*` stands on these spans and on no others. */
export const genAi = {
  operationName: 'gen_ai.operation.name',
  providerName: 'gen_ai.provider.name',
  conversationId: 'gen_ai.conversation.id',
  outputType: 'gen_ai.output.type',
  requestModel: 'gen_ai.request.model',
  requestMaxTokens: 'gen_ai.request.max_tokens',
  requestTemperature: 'gen_ai.request.temperature',
  requestTopP: 'gen_ai.request.top_p',
  requestSeed: 'gen_ai.request.seed',
  requestStream: 'gen_ai.request.stream',
  requestStopSequences: 'gen_ai.request.stop_sequences',
  responseId: 'gen_ai.response.id',
  responseModel: 'gen_ai.response.model',
  responseFinishReasons: 'gen_ai.response.finish_reasons',
  responseTimeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  usageInputTokens: 'gen_ai.usage.input_tokens',
  usageOutputTokens: 'gen_ai.usage.output_tokens',
  usageCacheReadInputTokens: 'gen_ai.usage.cache_read.input_tokens',
  usageReasoningOutputTokens: 'gen_ai.usage.reasoning.output_tokens',
  tokenType: 'gen_ai.token.type',
  systemInstructions: 'gen_ai.system_instructions',
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
  toolDefinitions: 'gen_ai.tool.definitions',
} as const

/** Stable names of OpenTelemetry beside them. */
export const errorType = 'error.type'
export const httpStatusCode = 'http.response.status_code'

/** The provider's mark of the configuration behind an answer; the conventions have it for OpenAI. */
export const systemFingerprint = 'openai.response.system_fingerprint'

/** The event that carries contents beside the span. */
export const detailsEvent = 'gen_ai.client.inference.operation.details'

/** Operations that stand for one request to a model; who has a span of these has counted its usage. */
export const inferenceOperations: ReadonlySet<string> = new Set([
  'chat',
  'text_completion',
  'generate_content',
])

/** Attributes of our own. */
export const own = {
  pipeline: 'holdfast.pipeline',
  conversationKey: 'holdfast.conversation.key',
  answerId: 'holdfast.answer.id',
  run: 'holdfast.run',
  source: 'holdfast.source',
  degraded: 'holdfast.degraded',
  degradedReason: 'holdfast.degraded.reason',
  attempts: 'holdfast.attempts',
  /** Why the last answer that did not fit was not taken, also where a correction of it was. */
  rejected: 'holdfast.output.rejected',
  usageInputTokens: 'holdfast.usage.input_tokens',
  usageOutputTokens: 'holdfast.usage.output_tokens',
  usageEstimated: 'holdfast.usage.estimated',
  costUsd: 'holdfast.cost.usd',
  rehearsal: 'holdfast.rehearsal',
  attempt: 'holdfast.attempt',
  attemptReason: 'holdfast.attempt.reason',
  firstContentMs: 'holdfast.first_content_ms',
  /** An attempt whose usage stands on a span of another instrumentation above it. */
  covered: 'holdfast.usage.counted_elsewhere',
  droppedSpans: 'holdfast.spans.dropped',
  checkCases: 'holdfast.check.cases',
} as const

/** The station that builds a context; its attributes tell the tokens of each section. */
export const contextSpan = 'context.build'
export const contextAttribute = (section: string) => `holdfast.context.${section}`

/** The root span of a logical call is named `llm.call <pipeline>`. */
export const callSpanPrefix = 'llm.call '

/** The content of that span that holds the pipeline's input as the caller gave it. */
export const pipelineInput = 'pipeline.input'

/** The span of the acceptance of an answer that a worker makes. */
export const enqueueSpanPrefix = 'answer.enqueue '

/** The time between acceptance and the worker. */
export const queueWaitSpan = 'queue.wait'

/** A check of the models against saved cases; each change that it found is an event of it. */
export const checkSpan = 'models.check'
export const modelChangedEvent = 'model.changed'

/** Bucket boundaries as the conventions want them. */
export const durationBucketsSeconds = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
] as const

export const tokenBuckets = [
  1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
  67_108_864,
] as const
