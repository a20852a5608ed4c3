import { isRecord } from '../base/json.ts'
import type { JsonSchema } from './message.ts'

/** A schema written out: references followed, and the parts of `allOf` put into one. */

/** Keywords that say nothing about which values are valid. */
const annotations = new Set(['$ref', 'description', 'title', 'default', 'examples', '$comment'])

/** References that lead to references: more than this is a circle without data. */
const longestChain = 32

/** Follows `$ref` and folds `allOf` into the schema around it. */
export function foldSchema(
  schema: Record<string, unknown>,
  root: JsonSchema,
  depth = 0,
): Record<string, unknown> {
  const hasParts = typeof schema.$ref === 'string' || Array.isArray(schema.allOf)
  if (!hasParts || depth > longestChain) return schema
  const { $ref, allOf, ...own } = schema
  const target = typeof $ref === 'string' ? resolveReference($ref, root) : undefined
  const parts = [...(isRecord(target) ? [target] : []), ...(Array.isArray(allOf) ? allOf : [])]
  let merged: Record<string, unknown> = own
  for (const part of parts) {
    if (isRecord(part)) merged = mergeSchemas(merged, foldSchema(part, root, depth + 1))
  }
  return merged
}

/** What a schema refers to that is nothing but a reference. */
export function plainReference(schema: Record<string, unknown>, root: JsonSchema): unknown {
  if (typeof schema.$ref !== 'string') return undefined
  const isPlain = Object.keys(schema).every((key) => annotations.has(key))
  return isPlain ? resolveReference(schema.$ref, root) : undefined
}

/** The part of the document that a JSON Pointer such as `#/$defs/Item` points to. */
export function resolveReference(reference: string, root: JsonSchema): unknown {
  if (!reference.startsWith('#')) return undefined
  let found: unknown = root
  for (const part of reference.slice(1).split('/').filter(Boolean)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(found)) found = found[Number(key)]
    else found = isRecord(found) && Object.hasOwn(found, key) ? found[key] : undefined
  }
  return found
}

/** What two schemas say together. */
export function mergeSchemas(
  left: Record<string, unknown>,
  right: Record<string, unknown>,
): Record<string, unknown> {
  const merged = { ...left, ...right }
  if (isRecord(left.properties) && isRecord(right.properties)) {
    const properties: Record<string, unknown> = { ...left.properties, ...right.properties }
    for (const name of Object.keys(left.properties)) {
      if (!Object.hasOwn(right.properties, name)) continue
      properties[name] = { allOf: [left.properties[name], right.properties[name]] }
    }
    merged.properties = properties
  }
  if (Array.isArray(left.required) && Array.isArray(right.required)) {
    merged.required = [...left.required, ...right.required]
  }
  for (const key of ['minimum', 'exclusiveMinimum', 'minLength', 'minItems']) {
    if (typeof left[key] === 'number' && typeof right[key] === 'number') {
      merged[key] = Math.max(left[key], right[key])
    }
  }
  for (const key of ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems']) {
    if (typeof left[key] === 'number' && typeof right[key] === 'number') {
      merged[key] = Math.min(left[key], right[key])
    }
  }
  return merged
}
