import type { Model, ModelRequest } from '../../model/model.ts'
import { contextWindowOf } from '../http/context-window.ts'
import { type ChatWire, createHttpModel } from '../http/http-model.ts'
import {
  checkModelName,
  type Environment,
  endpoint,
  type HttpOptions,
  parseBaseUrl,
  requireKey,
  resolveCapabilities,
  resolveHttp,
} from '../http/options.ts'
import { requestIdOf } from '../http/request-id.ts'
import { withoutEnvelope } from '../schema/envelope-text.ts'
import { MessagesDecoder } from './answer-decoder.ts'
import { encodeMessages, type MessagesTarget } from './encode-request.ts'

export interface AnthropicOptions extends HttpOptions {
  readonly apiKey?: string
  /** With or without `/v1`. Default `https://api.anthropic.com`. */
  readonly baseUrl?: string
  /** Where `ANTHROPIC_API_KEY` and `ANTHROPIC_BASE_URL` are read. Default `process.env`. */
  readonly env?: Environment
}

const anthropicHost = 'api.anthropic.com'

/** The version of the API that this code was written for (docs.claude.com/en/api/versioning). */
const apiVersion = '2023-06-01'

/**
 * A model of Anthropic by its own Messages API.
 *
 * @throws INVALID_CONFIG without a key, unless another server than Anthropic's is named.
 * @example anthropic('claude-haiku-4-5')
 */
export function anthropic(model: string, options: AnthropicOptions = {}): Model {
  const env = options.env ?? process.env
  const id = checkModelName('anthropic(model)', model)
  const address = options.baseUrl ?? (env.ANTHROPIC_BASE_URL || `https://${anthropicHost}`)
  const baseUrl = parseBaseUrl('ANTHROPIC_BASE_URL', address)
  const key = options.apiKey ?? env.ANTHROPIC_API_KEY
  if (baseUrl.host === anthropicHost) requireKey(key, 'ANTHROPIC_API_KEY', anthropicHost)
  const contextWindow = contextWindowOf(id)
  const capabilities = resolveCapabilities(options, {
    structuredOutput: 'json-schema',
    prefill: takesPrefill(id),
    ...(contextWindow !== undefined && { contextWindow }),
  })
  const followsSchema = capabilities.structuredOutput === 'json-schema' && canFollowSchema(id)
  const wire = createWire(
    baseUrl,
    { model: id, followsSchema },
    {
      'anthropic-version': apiVersion,
      ...(key && { 'x-api-key': key }),
      ...options.headers,
    },
  )
  return createHttpModel({ provider: 'anthropic', id, capabilities, wire, ...resolveHttp(options) })
}

function createWire(
  baseUrl: URL,
  target: MessagesTarget,
  headers: Record<string, string>,
): ChatWire {
  const path = baseUrl.pathname.endsWith('/v1') ? '/messages' : '/v1/messages'
  return {
    url: endpoint(baseUrl, path),
    headers,
    encode(request, stream) {
      const { body, answerTool, envelope } = encodeMessages(request, target, stream)
      const droppedSpace = trailingSpace(request)
      return {
        body: JSON.stringify(body),
        decoder(headers) {
          const options = { requestId: requestIdOf(headers), answerTool, droppedSpace }
          return withoutEnvelope((sink) => new MessagesDecoder(sink, options), envelope)
        },
      }
    },
  }
}

/** Claude 4.5 and later can be held to a schema; those before answer 400 to one. */
function canFollowSchema(model: string): boolean {
  const before = /claude-(instant|2|3)|claude-(opus|sonnet)-4(-[0-4]\b|-\d{8}|$)/
  return !before.test(model)
}

/** Claude 4.6 and later answer 400 to a prompt that ends with the assistant's words. */
function takesPrefill(model: string): boolean {
  return /claude-(instant|2|3)|claude-(opus|sonnet|haiku)-4-([0-5]\b|\d{8})/.test(model)
}

function trailingSpace({ messages }: ModelRequest): string {
  const last = messages.at(-1)
  return last?.role === 'assistant' ? last.content.slice(last.content.trimEnd().length) : ''
}
