import { isRecord } from '../../base/json.ts'
import { resolveReference } from '../../model/fold-schema.ts'

/** How large a schema a provider takes. */
export interface SchemaLimits {
  readonly keys: number
  readonly optional: number
  readonly unions: number
  /** Levels of nesting below the top. */
  readonly depth: number
  /** Whether a schema may contain itself. */
  readonly recursive: boolean
}

/** Whether an adapted schema keeps to what the provider takes in size. */
export function isWithin(root: Record<string, unknown>, limits: SchemaLimits): boolean {
  const size = { keys: 0, optional: 0, unions: 0 }
  const open: string[] = []
  const fits = (part: unknown, depth: number): boolean => {
    if (!isRecord(part)) return true
    if (depth > limits.depth) return false
    if (typeof part.$ref === 'string') return limits.recursive || followed(part.$ref, depth)
    if (Array.isArray(part.anyOf) || Array.isArray(part.type)) size.unions++
    const properties = isRecord(part.properties) ? Object.values(part.properties) : []
    const required = Array.isArray(part.required) ? part.required.length : 0
    size.keys += properties.length
    size.optional += Math.max(0, properties.length - required)
    const branches = Array.isArray(part.anyOf) ? part.anyOf : []
    const nested = [...properties, part.items, part.additionalProperties]
    return (
      nested.every((each) => fits(each, depth + 1)) && branches.every((each) => fits(each, depth))
    )
  }
  const followed = (reference: string, depth: number): boolean => {
    if (open.includes(reference)) return false
    open.push(reference)
    const isFine = fits(resolveReference(reference, root), depth)
    open.pop()
    return isFine
  }
  const parts = limits.recursive && isRecord(root.$defs) ? Object.values(root.$defs) : []
  return (
    [root, ...parts].every((part) => fits(part, 0)) &&
    size.keys <= limits.keys &&
    size.optional <= limits.optional &&
    size.unions <= limits.unions
  )
}
