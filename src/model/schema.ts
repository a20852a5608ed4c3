import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import { HoldfastError, messageOf } from '../base/errors.ts'
import type { JsonSchema } from './message.ts'

/**
 * A schema of the user's library: anything that speaks Standard Schema (zod, valibot, arktype, …)
 * and, for models and for alignment, can be printed as JSON Schema.
 */
export type Schema<Output = unknown> = StandardSchemaV1<unknown, Output>

/** One thing that a value has wrong, at a path such as `['items', 0, 'price']`. */
export interface SchemaIssue {
  readonly path: readonly (string | number)[]
  readonly message: string
}

export type Validation<Output> =
  | { readonly ok: true; readonly value: Output }
  | { readonly ok: false; readonly issues: readonly SchemaIssue[] }

/**
 * Checks a value by the schema's own rules: at once, unless the schema itself takes its time. A promise
 * for each small answer would cost as much as the check.
 */
export function validate<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  value: unknown,
): Validation<Output> | Promise<Validation<Output>> {
  const result = schema['~standard'].validate(value)
  return result instanceof Promise ? result.then(toValidation) : toValidation(result)
}

function toValidation<Output>(result: StandardSchemaV1.Result<Output>): Validation<Output> {
  if (result.issues === undefined) return { ok: true, value: result.value }
  return {
    ok: false,
    issues: result.issues.map((issue) => ({
      message: issue.message,
      path: (issue.path ?? []).map(pathKey),
    })),
  }
}

function pathKey(segment: PropertyKey | StandardSchemaV1.PathSegment): string | number {
  const key = typeof segment === 'object' ? segment.key : segment
  return typeof key === 'number' ? key : String(key)
}

/**
 * The schema as JSON Schema (draft 2020-12) of the value that a model is to write.
 *
 * @throws INVALID_CONFIG where the library cannot print its schema; `define` says how else.
 */
export function toJsonSchema(schema: StandardSchemaV1): JsonSchema {
  const standard = schema['~standard'] as Partial<StandardJSONSchemaV1['~standard']>
  if (standard.jsonSchema === undefined) {
    throw new HoldfastError(
      'INVALID_CONFIG',
      `A schema of ${standard.vendor ?? 'an unknown library'} cannot be printed as JSON Schema. Use a library that implements Standard JSON Schema, such as zod 4.2 or later, or wrap it with withJsonSchema(schema, jsonSchema).`,
      { option: 'schema', value: standard.vendor },
    )
  }
  try {
    const { $schema: _dialect, ...body } = standard.jsonSchema.input({ target: 'draft-2020-12' })
    return body
  } catch (error) {
    throw new HoldfastError(
      'INVALID_CONFIG',
      `The schema cannot be printed as JSON Schema: ${messageOf(error)}. Wrap it with withJsonSchema(schema, jsonSchema).`,
      { option: 'schema', value: standard.vendor },
      { cause: error },
    )
  }
}

/** Gives a schema the JSON Schema that its library cannot print. */
export function withJsonSchema<Input, Output>(
  schema: StandardSchemaV1<Input, Output>,
  jsonSchema: JsonSchema,
): StandardSchemaV1<Input, Output> & StandardJSONSchemaV1<Input, Output> {
  const print = () => ({ ...jsonSchema })
  return { '~standard': { ...schema['~standard'], jsonSchema: { input: print, output: print } } }
}

/** A path as people write it: `items[0].price`. */
export function formatPath(path: readonly (string | number)[]): string {
  let text = ''
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`
    else text += text === '' ? key : `.${key}`
  }
  return text === '' ? '(root)' : text
}
