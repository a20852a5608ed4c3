import { invalidConfig } from '../base/errors.ts'
import type { Pipelines } from './holdfast.ts'

/** Members of an application, beside which the pipelines stand under their keys. */
const reservedNames = new Set([
  'pipelines',
  'answers',
  'events',
  'traces',
  'conversations',
  'tickets',
  'groups',
  'model',
  'cancel',
  'precomputeLedger',
  'retry',
  'jobProgress',
  'health',
  'metrics',
  'chosenModels',
  'telemetry',
  'close',
  'then',
])

/** @throws INVALID_CONFIG for a key or a name that is taken, and where there is no pipeline. */
export function checkNames(pipelines: Pipelines): void {
  const seen = new Set<string>()
  for (const [key, pipeline] of Object.entries(pipelines)) {
    if (reservedNames.has(key)) {
      throw invalidConfig('pipelines', key, `another key; ${key} is a member of the application`)
    }
    if (seen.has(pipeline.name)) {
      throw invalidConfig('pipelines', pipeline.name, 'a name of its own for each pipeline')
    }
    seen.add(pipeline.name)
  }
  if (seen.size === 0) throw invalidConfig('pipelines', '{}', 'at least one pipeline')
}
