import type { ModelCapabilities } from '../../model/model.ts'
import type { SchemaDialect } from '../schema/dialects.ts'

/** Where servers that speak the OpenAI protocol differ in what they take. */
export interface ServerTraits {
  readonly provider: string
  /** `max_tokens` is refused by OpenAI's reasoning models; other servers know nothing else. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens'
  readonly structuredOutput: ModelCapabilities['structuredOutput']
  /** What a schema may say for the server to hold its model to it. */
  readonly dialect: SchemaDialect
}

// A server that takes more than OpenAI's strict mode takes that as well.
const common = {
  maxTokensField: 'max_tokens',
  structuredOutput: 'json-schema',
  dialect: 'openai-strict',
} as const

/** By the end of the host name; the first that fits counts. */
const traitsByHost: readonly (readonly [string, ServerTraits])[] = [
  ['api.openai.com', { ...common, provider: 'openai', maxTokensField: 'max_completion_tokens' }],
  ['.openai.azure.com', { ...common, provider: 'azure', maxTokensField: 'max_completion_tokens' }],
  [
    '.services.ai.azure.com',
    { ...common, provider: 'azure', maxTokensField: 'max_completion_tokens' },
  ],
  ['generativelanguage.googleapis.com', { ...common, provider: 'google', dialect: 'gemini' }],
  ['openrouter.ai', { ...common, provider: 'openrouter' }],
  ['api.groq.com', { ...common, provider: 'groq' }],
  ['api.mistral.ai', { ...common, provider: 'mistral' }],
  ['api.together.xyz', { ...common, provider: 'together' }],
  ['api.deepseek.com', { ...common, provider: 'deepseek', structuredOutput: 'json' }],
]

/** What is known of a server; one that is not known gets its host name as provider. */
export function traitsOf(baseUrl: URL): ServerTraits {
  const host = baseUrl.hostname
  const known = traitsByHost.find(([end]) => host === end || host.endsWith(end))
  return known?.[1] ?? { ...common, provider: baseUrl.host }
}

/** OpenAI's own models that think first: they take no sampling parameters (platform.openai.com/docs/guides/reasoning). */
export function isReasoningModel(id: string): boolean {
  const bare = id.slice(id.lastIndexOf('/') + 1)
  return /^(o\d|gpt-[5-9])/.test(bare) && !bare.includes('-chat')
}
