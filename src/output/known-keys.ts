import { isRecord } from '../base/json.ts'
import type { JsonSchema } from '../model/message.ts'
import type { KnownKeys } from './lookahead.ts'
import { normalizeName } from './normalize-name.ts'

/** A schema names fewer properties than this, or its own size is the problem. */
const mostSchemas = 20_000

/** All names of properties anywhere in a schema, to tell a key from a quoted word in a sentence. */
export function knownKeysOf(schema: JsonSchema): KnownKeys {
  const names = new Set<string>()
  const open: unknown[] = [schema]
  let nestsLists = false
  for (let seen = 0; open.length > 0 && seen < mostSchemas; seen++) {
    const part = open.pop()
    if (Array.isArray(part)) open.push(...part)
    if (!isRecord(part)) continue
    if (holdsLists(part.items)) nestsLists = true
    if (isRecord(part.properties)) {
      for (const name of Object.keys(part.properties)) names.add(normalizeName(name))
    }
    for (const value of Object.values(part)) if (typeof value === 'object') open.push(value)
  }
  return { nestsLists, has: (key) => key.length < 200 && names.has(normalizeName(key)) }
}

/** Whether a schema takes a list, or may. */
function holdsLists(schema: unknown): boolean {
  if (!isRecord(schema)) return false
  const branches = [schema.anyOf, schema.oneOf].flat().filter(isRecord)
  return (
    schema.type === 'array' ||
    (Array.isArray(schema.type) && schema.type.includes('array')) ||
    schema.$ref !== undefined ||
    branches.some((branch) => branch.type === 'array' || branch.$ref !== undefined)
  )
}
