import { trace } from '@opentelemetry/api'
import { isRecord } from '../../base/json.ts'
import { genAi, inferenceOperations } from '../../model/conventions.ts'

/**
 * Whether this code runs inside a span of another instrumentation that stands for a request to a model,
 * such as that of the AI SDK when it calls a model of ours. That span bears the usage; a second one
 * below it would be counted twice by every reader that adds up spans.
 *
 * The API does not show a span's attributes, but spans of the SDK have them.
 */
export function isInsideInferenceSpan(): boolean {
  const active: unknown = trace.getActiveSpan()
  if (!isRecord(active) || !isRecord(active.attributes)) return false
  const operation = active.attributes[genAi.operationName]
  return typeof operation === 'string' && inferenceOperations.has(operation)
}
