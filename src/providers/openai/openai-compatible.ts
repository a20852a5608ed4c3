import type { Model } from '../../model/model.ts'
import { type ChatWire, createHttpModel } from '../http/http-model.ts'
import {
  checkModelName,
  endpoint,
  type HttpOptions,
  parseBaseUrl,
  requireKey,
  resolveCapabilities,
  resolveHttp,
} from '../http/options.ts'
import { requestIdOf } from '../http/request-id.ts'
import { withoutEnvelope } from '../schema/envelope-text.ts'
import { ChatCompletionDecoder } from './answer-decoder.ts'
import { type ChatCompletionTarget, encodeChatCompletion } from './encode-request.ts'
import { traitsOf } from './server-traits.ts'

export interface OpenAICompatibleOptions extends HttpOptions {
  /** The id of the model as the server knows it. */
  readonly model: string
  /** Up to and without `/chat/completions`. Default `https://api.openai.com/v1`. */
  readonly baseUrl?: string
  readonly apiKey?: string
  /** The name in telemetry. Default: known from the host, else the host itself. */
  readonly provider?: string
  /** Sent as `openai-organization`. */
  readonly organization?: string
  /** Azure's `api-version`; sends the key as `api-key`, as Azure wants it. */
  readonly apiVersion?: string
  /** `false` for servers that refuse `stream_options`. Default true. */
  readonly streamUsage?: boolean
}

export const openaiHost = 'api.openai.com'

const openaiBaseUrl = `https://${openaiHost}/v1`

/**
 * A model behind any server that speaks OpenAI's chat completions: OpenAI, Azure, Gemini's compatible
 * endpoint, OpenRouter, Groq, Mistral, DeepSeek, vLLM, Ollama, LM Studio and others.
 *
 * @throws INVALID_CONFIG where an option cannot work.
 * @example openaiCompatible({ baseUrl: 'http://localhost:8000/v1', model: 'qwen3-32b' })
 */
export function openaiCompatible(options: OpenAICompatibleOptions): Model {
  const baseUrl = parseBaseUrl('openaiCompatible({ baseUrl })', options.baseUrl ?? openaiBaseUrl)
  const id = checkModelName('openaiCompatible({ model })', options.model)
  if (baseUrl.host === openaiHost) requireKey(options.apiKey, 'OPENAI_API_KEY', openaiHost)
  const traits = traitsOf(baseUrl)
  const provider = options.provider ?? traits.provider
  const capabilities = resolveCapabilities(options, {
    structuredOutput: traits.structuredOutput,
    prefill: false,
  })
  const { structuredOutput } = capabilities
  const streamUsage = options.streamUsage ?? true
  const target = { model: id, traits, provider, structuredOutput, streamUsage }
  const wire = createWire(baseUrl, target, options)
  return createHttpModel({ provider, id, capabilities, wire, ...resolveHttp(options) })
}

function createWire(
  baseUrl: URL,
  target: ChatCompletionTarget,
  options: OpenAICompatibleOptions,
): ChatWire {
  const url = endpoint(baseUrl, '/chat/completions')
  if (options.apiVersion !== undefined) url.searchParams.set('api-version', options.apiVersion)
  return {
    url,
    headers: { ...authorization(options), ...options.headers },
    encode(request, stream) {
      const { body, envelope } = encodeChatCompletion(request, target, stream)
      return {
        body: JSON.stringify(body),
        decoder: (headers) =>
          withoutEnvelope(
            (sink) => new ChatCompletionDecoder(sink, requestIdOf(headers)),
            envelope,
          ),
      }
    },
  }
}

function authorization(options: OpenAICompatibleOptions): Record<string, string> {
  const { apiKey, apiVersion, organization } = options
  return {
    ...(apiKey !== undefined &&
      (apiVersion === undefined ? { authorization: `Bearer ${apiKey}` } : { 'api-key': apiKey })),
    ...(organization !== undefined && { 'openai-organization': organization }),
  }
}
