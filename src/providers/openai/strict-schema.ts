import { isRecord } from '../../base/json.ts'
import type { JsonSchema } from '../../model/message.ts'

/** A schema as it is sent, and whether the server may hold the model to it token by token. */
export interface SentSchema {
  readonly schema: JsonSchema
  readonly strict: boolean
}

const sentSchemas = new WeakMap<JsonSchema, SentSchema>()

/**
 * Prepares a schema for OpenAI's structured outputs. Strict mode wants every object closed and every
 * property required, and knows a part of JSON Schema only
 * (platform.openai.com/docs/guides/structured-outputs). Objects that say nothing of further
 * properties are closed here, which only narrows what the model may write; a schema that cannot be
 * strict without changing what it means is sent as a guide.
 */
export function toSentSchema(schema: JsonSchema): SentSchema {
  let sent = sentSchemas.get(schema)
  if (!sent) {
    const closed = close(schema, 0)
    const strict = closed.type === 'object' && isStrict(closed, 0)
    sent = strict ? { schema: closed, strict } : { schema, strict }
    sentSchemas.set(schema, sent)
  }
  return sent
}

/** Keywords that strict mode takes; `minLength` and the like are refused by some of its models. */
const strictKeywords = new Set([
  ...['type', 'properties', 'required', 'additionalProperties', 'items', 'enum', 'const', 'anyOf'],
  ...['$ref', '$defs', 'definitions', 'title', 'description', 'default', 'pattern', 'format'],
  ...['multipleOf', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  ...['minItems', 'maxItems'],
])

/** Deeper than any schema that strict mode takes (10 levels of nesting, each of a few keywords). */
const deepest = 40

function close(schema: JsonSchema, depth: number): JsonSchema {
  if (depth > deepest) return schema
  const closed: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) {
    closed[key] = closeUnder(key, value, depth)
  }
  if (isRecord(schema.properties) && schema.additionalProperties === undefined) {
    closed.additionalProperties = false
  }
  return closed
}

function closeUnder(key: string, value: unknown, depth: number): unknown {
  if (key === 'properties' || key === '$defs' || key === 'definitions') {
    return mapRecord(value, (each) => close(each, depth + 1))
  }
  if (key === 'items' && isRecord(value)) return close(value, depth + 1)
  if (key === 'anyOf' && Array.isArray(value)) {
    return value.map((each) => (isRecord(each) ? close(each, depth + 1) : each))
  }
  return value
}

function isStrict(schema: JsonSchema, depth: number): boolean {
  if (depth > deepest || Object.keys(schema).some((key) => !strictKeywords.has(key))) return false
  if (isRecord(schema.properties) || schema.type === 'object') {
    const names = Object.keys(isRecord(schema.properties) ? schema.properties : {})
    const required = Array.isArray(schema.required) ? schema.required : []
    if (schema.additionalProperties !== false) return false
    if (names.some((name) => !required.includes(name))) return false
  }
  return childrenOf(schema).every((child) => isRecord(child) && isStrict(child, depth + 1))
}

function childrenOf(schema: JsonSchema): unknown[] {
  return [
    ...['properties', '$defs', 'definitions'].flatMap((key) => Object.values(schema[key] ?? {})),
    ...(schema.items === undefined ? [] : [schema.items]),
    ...(Array.isArray(schema.anyOf) ? schema.anyOf : []),
  ]
}

function mapRecord(value: unknown, map: (each: JsonSchema) => JsonSchema): unknown {
  if (!isRecord(value)) return value
  const entries = Object.entries(value)
  return Object.fromEntries(entries.map(([key, each]) => [key, isRecord(each) ? map(each) : each]))
}
