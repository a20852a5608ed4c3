import { HoldfastError } from '../base/errors.ts'
import type { Model } from '../model/model.ts'
import { anthropic } from './anthropic/anthropic.ts'
import type { Environment } from './http/options.ts'
import { ollama } from './openai/ollama.ts'
import { openai } from './openai/openai.ts'
import { openaiHost } from './openai/openai-compatible.ts'

/** The models that an environment names, in the order in which they are tried. */
export interface EnvironmentModels {
  readonly models: readonly Model[]
  /** What was chosen and by which variables, such as `openai/gpt-5-mini (OPENAI_API_KEY)`. */
  readonly description: string
}

/** Small, quick and cheap models of their vendors: what a first run wants. */
const defaultModels = {
  openai: 'gpt-5-mini',
  anthropic: 'claude-haiku-4-5',
  ollama: 'llama3.2',
} as const

/**
 * Chooses models by the variables that people have set already: `OPENAI_API_KEY`, `OPENAI_BASE_URL`,
 * `ANTHROPIC_API_KEY` and `OLLAMA_HOST`, each with a variable for its model (`OPENAI_MODEL`,
 * `ANTHROPIC_MODEL`, `OLLAMA_MODEL`). Gives undefined where none is set.
 *
 * @throws INVALID_CONFIG where a variable cannot work, such as `OPENAI_BASE_URL` of a server whose
 * models have other names than OpenAI's, without `OPENAI_MODEL`.
 */
export function modelsFromEnvironment(env: Environment): EnvironmentModels | undefined {
  const chosen: { model: Model; by: string }[] = []
  if (env.OPENAI_BASE_URL || env.OPENAI_API_KEY) {
    const by = env.OPENAI_BASE_URL ? 'OPENAI_BASE_URL' : 'OPENAI_API_KEY'
    chosen.push({ model: openai(openaiModel(env), { env }), by })
  }
  if (env.ANTHROPIC_API_KEY) {
    const model = anthropic(env.ANTHROPIC_MODEL || defaultModels.anthropic, { env })
    chosen.push({ model, by: 'ANTHROPIC_API_KEY' })
  }
  if (env.OLLAMA_HOST) {
    const model = ollama(env.OLLAMA_MODEL || defaultModels.ollama, { env })
    chosen.push({ model, by: 'OLLAMA_HOST' })
  }
  if (chosen.length === 0) return undefined
  return {
    models: chosen.map(({ model }) => model),
    description: chosen
      .map(({ model, by }) => `${model.provider}/${model.id} (${by})`)
      .join(', then '),
  }
}

function openaiModel(env: Environment): string {
  if (env.OPENAI_MODEL) return env.OPENAI_MODEL
  if (!env.OPENAI_BASE_URL || env.OPENAI_BASE_URL.includes(openaiHost)) return defaultModels.openai
  throw new HoldfastError(
    'INVALID_CONFIG',
    `OPENAI_BASE_URL names the server ${env.OPENAI_BASE_URL}, but OPENAI_MODEL does not say which of its models to use. Set OPENAI_MODEL; GET ${env.OPENAI_BASE_URL.replace(/\/+$/, '')}/models lists them.`,
    { option: 'OPENAI_MODEL', value: undefined },
  )
}
