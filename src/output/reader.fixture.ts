import { fromJSONSchema } from 'zod'
import type { JsonSchema } from '../model/message.ts'
import { type Schema, withJsonSchema } from '../model/schema.ts'
import { createOutputReader, type OutputReaderOptions } from './output-reader.ts'
import type { Verdict } from './verdict.ts'

/** A Standard Schema that checks what this JSON Schema says. */
export function schemaOf(schema: JsonSchema): Schema {
  return withJsonSchema(fromJSONSchema(schema as Parameters<typeof fromJSONSchema>[0]), schema)
}

/** Reads a text that the model ended by itself. */
export function readWhole(
  text: string,
  schema: JsonSchema,
  options?: OutputReaderOptions,
): Promise<Verdict<unknown>> {
  return createOutputReader(schemaOf(schema), options).read({ text, finishReason: 'stop' })
}

/** What a text is read as: its value, or the cause of its failure. */
export async function outcomeOf(
  text: string,
  schema: JsonSchema,
  options?: OutputReaderOptions,
): Promise<{ value: unknown } | { cause: string }> {
  const verdict = await readWhole(text, schema, options)
  return verdict.ok ? { value: verdict.value } : { cause: verdict.failure.cause }
}

export const text: JsonSchema = { type: 'string' }
export const integer: JsonSchema = { type: 'integer' }
export const number: JsonSchema = { type: 'number' }
export const boolean: JsonSchema = { type: 'boolean' }
export const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items })
export const oneOf = (...values: string[]): JsonSchema => ({ type: 'string', enum: values })

/** An object whose properties are all required, but for those whose name ends in `?`. */
export function objectOf(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const entries = Object.entries(properties)
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([name, schema]) => [name.replace('?', ''), schema] as const),
    ),
    required: entries.map(([name]) => name).filter((name) => !name.endsWith('?')),
  }
}

export const parcel = objectOf({ sender: text, weight: integer })
