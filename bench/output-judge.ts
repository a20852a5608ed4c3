import { fromJSONSchema } from 'zod'
import { isRecord } from '../src/base/json.ts'
import type { JsonSchema } from '../src/model/message.ts'
import { type Schema, withJsonSchema } from '../src/model/schema.ts'

/** A value, or undefined for an answer that was not taken. */
export type Reading = { readonly value: unknown } | undefined

/** A schema whose validation is zod's. */
export function schemaOf(schema: JsonSchema): Schema {
  return withJsonSchema(fromJSONSchema(schema as Parameters<typeof fromJSONSchema>[0]), schema)
}

/** What a parser and the schema make of a text; undefined where either refuses it. */
export function checked(schema: Schema, parse: () => unknown): Reading {
  let value: unknown
  try {
    value = parse()
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) throw new Error('the schemas of a corpus are synchronous')
  return result.issues === undefined ? { value: result.value } : undefined
}

/** Whether damage left valid JSON of the schema, so that nobody can see it. */
export function isHidden(raw: string, schema: JsonSchema, value: unknown): boolean {
  const reading = checked(schemaOf(schema), () => JSON.parse(raw))
  return reading !== undefined && isSame(reading.value, value)
}

export function withoutUnknown(value: unknown, schema: JsonSchema): unknown {
  if (!isRecord(value) || !isRecord(schema.properties)) return value
  const { properties } = schema
  return Object.fromEntries(Object.entries(value).filter(([key]) => Object.hasOwn(properties, key)))
}

/** Equal as JSON, where null for a key counts as the key being absent. */
export function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(canonical(left)) === JSON.stringify(canonical(right))
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== null && one !== undefined)
      .map(([key, one]) => [key, canonical(one)] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  )
}
