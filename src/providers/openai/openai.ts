import type { Model } from '../../model/model.ts'
import { contextWindowOf } from '../http/context-window.ts'
import { type Environment, parseBaseUrl, requireKey } from '../http/options.ts'
import { type OpenAICompatibleOptions, openaiCompatible, openaiHost } from './openai-compatible.ts'

export interface OpenAIOptions extends Omit<OpenAICompatibleOptions, 'model'> {
  /** Where `OPENAI_API_KEY` and `OPENAI_BASE_URL` are read. Default `process.env`. */
  readonly env?: Environment
}

/**
 * A model of OpenAI, or of the server that `OPENAI_BASE_URL` names.
 *
 * @throws INVALID_CONFIG without a key, unless another server than OpenAI's is named.
 * @example openai('gpt-5-mini')
 */
export function openai(model: string, options: OpenAIOptions = {}): Model {
  const { env = process.env, ...rest } = options
  const baseUrl = rest.baseUrl ?? (env.OPENAI_BASE_URL || `https://${openaiHost}/v1`)
  const apiKey = rest.apiKey ?? (env.OPENAI_API_KEY || undefined)
  if (parseBaseUrl('OPENAI_BASE_URL', baseUrl).host === openaiHost) {
    requireKey(apiKey, 'OPENAI_API_KEY', openaiHost)
  }
  const contextWindow = rest.contextWindow ?? contextWindowOf(model)
  return openaiCompatible({
    ...rest,
    model,
    baseUrl,
    ...(apiKey !== undefined && { apiKey }),
    ...(contextWindow !== undefined && { contextWindow }),
  })
}
