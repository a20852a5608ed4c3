import type { Node } from './node.ts'
import { isBareNull } from './read-boolean.ts'
import { shorten } from './verdict.ts'

/** The value of a node where no schema says what is wanted: what JSON would make of it. */
export function plainValue(node: Node): unknown {
  switch (node.kind) {
    case 'string':
      return node.text
    case 'bare':
      return tokenValue(node.text)
    case 'array':
      return node.items.map(plainValue)
    case 'object': {
      const value: Record<string, unknown> = {}
      for (const member of node.members) setOwn(value, member.key, plainValue(member.value))
      return value
    }
  }
}

/** What characters without quotes stand for by themselves. */
export function tokenValue(text: string): unknown {
  if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return Number(text)
  if (/^true$/i.test(text)) return true
  if (/^false$/i.test(text)) return false
  return isBareNull(text) ? null : text
}

/**
 * Sets a property as data. An assignment to `__proto__` would set the prototype instead; that key is
 * never data that a schema asked for, and is left out.
 */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') target[key] = value
}

/** What stands in the text at a node, short enough for a message. */
export function describeNode(text: string, node: Node): string {
  if (node.kind === 'string') return shorten(JSON.stringify(node.text.slice(0, 80)), 60)
  if (node.kind === 'bare') return shorten(node.text || 'nothing', 60)
  return shorten(
    text.slice(node.start, Math.min(node.end, node.start + 80)).replace(/\s+/g, ' '),
    60,
  )
}

/** The text of a scalar, or of a container as it was written. */
export function sourceOf(text: string, node: Node): string {
  if (node.kind === 'string' || node.kind === 'bare') return shorten(node.text, 120)
  return shorten(text.slice(node.start, Math.min(node.end, node.start + 130)), 120)
}
