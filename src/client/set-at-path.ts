import type { Json } from '../base/json.ts'
import type { FieldPath } from '../model/answer-event.ts'

/**
 * A copy of `root` with what stands at `path` replaced; what is not on the path is shared with the
 * original. Objects and arrays that the path needs are made. `change` gets what stood there.
 */
export function setAtPath(
  root: Json | undefined,
  path: FieldPath,
  change: (previous: Json | undefined) => Json,
): Json {
  const [key, ...rest] = path
  if (key === undefined) return change(root)
  if (typeof key === 'number') {
    const items: Json[] = isArray(root) ? [...root] : []
    // A gap would be no JSON.
    while (items.length < key) items.push(null)
    items[key] = setAtPath(items[key], rest, change)
    return items
  }
  const fields = isObject(root) ? root : {}
  // A computed key makes a property of its own, also when it is called __proto__.
  const previous = Object.hasOwn(fields, key) ? fields[key] : undefined
  return { ...fields, [key]: setAtPath(previous, rest, change) }
}

function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
