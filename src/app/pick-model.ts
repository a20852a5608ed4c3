import { invalidConfig } from '../base/errors.ts'
import type { Model } from '../model/model.ts'
import { anthropic } from '../providers/anthropic/anthropic.ts'
import { ollama } from '../providers/openai/ollama.ts'
import { openai } from '../providers/openai/openai.ts'

/** Vendors whose models can be named without standing in the config; their keys are in the environment. */
const vendors = new Map<string, (id: string) => Model>([
  ['openai', openai],
  ['anthropic', anthropic],
  ['ollama', ollama],
])

/** `provider/id`, as models are named in reports. */
export function nameOf({ provider, id }: Pick<Model, 'provider' | 'id'>): string {
  return `${provider}/${id}`
}

/**
 * Finds a model by `primary`, `fallback` (the second), its id or `provider/id`: first among a pipeline's
 * own, then among all that are configured, then at a vendor.
 *
 * @throws INVALID_CONFIG with the names that are known.
 */
export function pickModel(
  name: string,
  models: readonly Model[],
  configured: readonly Model[],
): Model {
  const found = byRole(name, models) ?? byName(name, models) ?? byName(name, configured)
  if (found) return found
  const slash = name.indexOf('/')
  const vendor = vendors.get(name.slice(0, Math.max(slash, 0)))
  if (vendor && slash + 1 < name.length) return vendor(name.slice(slash + 1))
  const roles = models.length > 1 ? ['primary', 'fallback'] : ['primary']
  const known = [...roles, ...new Set([...models, ...configured].map(nameOf))]
  throw invalidConfig(
    '--model',
    name,
    `one of ${known.join(', ')}, or ${[...vendors.keys()].map((each) => `${each}/<id>`).join(', ')}`,
  )
}

function byRole(name: string, models: readonly Model[]): Model | undefined {
  if (name === 'primary') return models[0]
  return name === 'fallback' ? models[1] : undefined
}

function byName(name: string, models: readonly Model[]): Model | undefined {
  return models.find((model) => model.id === name || nameOf(model) === name)
}
