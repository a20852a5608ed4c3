import type { HoldfastParts } from '../app/holdfast.ts'
import { HoldfastError } from '../base/errors.ts'
import type { PipelineHandle } from '../pipeline/handle.ts'

/** @throws UNKNOWN_PIPELINE with the names that there are. */
export function findPipeline(app: Pick<HoldfastParts, 'pipelines'>, name: string): PipelineHandle {
  const pipeline = app.pipelines.get(name)
  if (pipeline) return pipeline
  const known = [...app.pipelines.keys()]
  throw new HoldfastError(
    'UNKNOWN_PIPELINE',
    `There is no pipeline ${JSON.stringify(name)}. Known: ${known.join(', ')}.`,
    { name, known },
  )
}
