import { HoldfastError } from '../base/errors.ts'
import type { Json } from '../base/json.ts'
import { formatPath, validate } from '../model/schema.ts'
import type { PreparedPipeline } from './prepare.ts'

/** The input as the pipeline's schema gives it back. @throws INVALID_INPUT with each issue by path. */
export async function checkInput(
  pipeline: Pick<PreparedPipeline, 'name' | 'definition'>,
  input: unknown,
): Promise<unknown> {
  const checked = await validate(pipeline.definition.input, input)
  if (checked.ok) return checked.value
  const issues = checked.issues.map(({ path, message }) => ({ path: formatPath(path), message }))
  throw new HoldfastError(
    'INVALID_INPUT',
    `The input of ${pipeline.name} does not fit: ${issues.map(({ path, message }) => `${path}: ${message}`).join('; ')}.`,
    { issues },
  )
}

/** Input goes through the queue as JSON; what JSON cannot hold is refused before it is accepted. */
export function inputAsJson(input: unknown, pipeline: string): Json {
  const text = JSON.stringify(input)
  if (text !== undefined) return JSON.parse(text)
  throw new HoldfastError('INVALID_INPUT', `The input of ${pipeline} cannot be written as JSON.`, {
    issues: [{ path: '(root)', message: 'not a JSON value' }],
  })
}
