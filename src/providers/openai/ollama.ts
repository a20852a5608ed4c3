import type { Model } from '../../model/model.ts'
import { type Environment, parseBaseUrl } from '../http/options.ts'
import { type OpenAICompatibleOptions, openaiCompatible } from './openai-compatible.ts'

export interface OllamaOptions extends Omit<OpenAICompatibleOptions, 'model' | 'baseUrl'> {
  /** As `OLLAMA_HOST` is written: `host`, `host:port` or an address. */
  readonly host?: string
  /** Where `OLLAMA_HOST` is read. Default `process.env`. */
  readonly env?: Environment
}

/**
 * A model of an Ollama server, by default the one on this machine. Ollama cuts a prompt to the
 * window that the server is set to without saying so: pass `contextWindow` as `OLLAMA_CONTEXT_LENGTH`
 * has it.
 *
 * @example ollama('llama3.2', { contextWindow: 8_192 })
 */
export function ollama(model: string, options: OllamaOptions = {}): Model {
  const { env = process.env, host, ...rest } = options
  const server = ollamaUrl(host ?? env.OLLAMA_HOST ?? '')
  return openaiCompatible({ provider: 'ollama', ...rest, model, baseUrl: `${server}/v1` })
}

/** `OLLAMA_HOST` names what the server binds to: without scheme, often without port, or all addresses. */
export function ollamaUrl(host: string): string {
  const bare = host.trim()
  const withScheme = /^https?:\/\//.test(bare) ? bare : `http://${bare || '127.0.0.1'}`
  const named = withScheme.replace(/^(https?:\/\/)(?=:|$)/, '$1127.0.0.1')
  const url = parseBaseUrl('OLLAMA_HOST', named)
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1'
  const hasPort = /:\d+\/?$/.test(named) || url.protocol === 'https:'
  if (!hasPort) url.port = '11434'
  return url.href.replace(/\/+$/, '')
}
