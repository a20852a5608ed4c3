import { HoldfastError } from '../base/errors.ts'
import { formatPath, validate } from '../model/schema.ts'
import type { PreparedPipeline } from './prepare.ts'

/** The input as the pipeline's schema gives it back. @throws INVALID_INPUT with each issue by path. */
export async function checkInput(pipeline: PreparedPipeline, input: unknown): Promise<unknown> {
  const checked = await validate(pipeline.definition.input, input)
  if (checked.ok) return checked.value
  const issues = checked.issues.map(({ path, message }) => ({ path: formatPath(path), message }))
  throw new HoldfastError(
    'INVALID_INPUT',
    `The input of ${pipeline.name} does not fit: ${issues.map(({ path, message }) => `${path}: ${message}`).join('; ')}.`,
    { issues },
  )
}
