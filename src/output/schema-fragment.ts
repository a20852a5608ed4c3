import { isRecord } from '../base/json.ts'
import { resolveReference } from '../model/fold-schema.ts'
import type { JsonSchema } from '../model/message.ts'
import type { Path } from './verdict.ts'

/** The part of a schema that a path leads to, or undefined where the schema does not say. */
export function fragmentAt(schema: JsonSchema, path: Path): unknown {
  let part: unknown = schema
  for (const key of path) {
    part = stepInto(part, key, schema, 0)
    if (part === undefined) return undefined
  }
  return part
}

/** Unions within unions and references: more than this leads nowhere. */
const deepest = 16

function stepInto(part: unknown, key: string | number, root: JsonSchema, depth: number): unknown {
  if (!isRecord(part) || depth > deepest) return undefined
  if (typeof part.$ref === 'string') {
    return stepInto(resolveReference(part.$ref, root), key, root, depth + 1)
  }
  if (typeof key === 'number') {
    if (Array.isArray(part.prefixItems) && key < part.prefixItems.length)
      return part.prefixItems[key]
    if (isRecord(part.items)) return part.items
  } else {
    if (isRecord(part.properties) && Object.hasOwn(part.properties, key))
      return part.properties[key]
    if (isRecord(part.additionalProperties)) return part.additionalProperties
  }
  for (const branches of [part.anyOf, part.oneOf, part.allOf]) {
    if (!Array.isArray(branches)) continue
    for (const branch of branches) {
      const found = stepInto(branch, key, root, depth + 1)
      if (found !== undefined) return found
    }
  }
  return undefined
}
