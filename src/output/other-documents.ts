import { isRecord } from '../base/json.ts'
import type { Member, Node } from './node.ts'
import { plainValue } from './plain-value.ts'
import type { View } from './view.ts'

/**
 * Whether a document that is not the answer holds keys of it, and nothing else, with other values: the
 * rest of an answer that was written in pieces, or a second one.
 */
export function saysMore(root: Node, value: unknown, view: View): boolean {
  if (root.kind !== 'object' || view.kind !== 'object' || !isRecord(value)) return false
  if (root.members.length === 0) return false
  const isOwn = root.members.every(({ key }) => view.property(key) !== undefined)
  return isOwn && root.members.some((member) => isOther(member, value))
}

const typeName = /^<?(?:string|str|text|integer|int|number|float|boolean|bool|date)>?$/i

function isOther({ key, value: node }: Member, value: Record<string, unknown>): boolean {
  const isMissing = !Object.hasOwn(value, key)
  if (node.kind === 'object' || node.kind === 'array') return isMissing
  // `{"sender": string}` is the schema in short.
  if (typeName.test(node.text)) return false
  return isMissing || String(plainValue(node)) !== String(value[key])
}

/** Whether a value holds nothing that a model would have had to know. */
export function isHollow(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === null || value === ''
  return Object.values(value).every(isHollow)
}
