import type { ArrayNode, Member, Node, ObjectNode } from './node.ts'

/**
 * Data that is written as XML elements. Elements with elements inside are objects, those of one name
 * are a list, and text is a value without quotes. Read with an explicit stack; a tag that does not
 * match, or text between elements, makes it prose.
 */

interface Element {
  readonly name: string
  readonly at: number
  readonly members: Member[]
  text: string
}

const token = /<(\/?)([A-Za-z_][\w.-]{0,60})((?:\s+[\w:.-]+="[^"<>]*")*)\s*(\/?)>|[^<]+|</g
const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&#x27;': "'",
  '&#34;': '"',
  '&#x22;': '"',
  '&amp;': '&',
}

/** The tree of the elements, or undefined where the text is not well-formed. */
export function parseXml(text: string, maxDepth: number): ObjectNode | undefined {
  const body = text.trim().replace(/^<\?xml[^>]*\?>\s*/, '')
  if (!/^<[A-Za-z_]/.test(body)) return undefined
  const root: Element = { name: '', at: 0, members: [], text: '' }
  const open: Element[] = [root]
  token.lastIndex = 0
  for (const match of body.matchAll(token)) {
    const top = open.at(-1) as Element
    const [all, slash, name, attributes, selfClosing] = match
    if (name === undefined) {
      if (all === '<') return undefined
      top.text += all
      continue
    }
    if (attributes !== undefined && attributes !== '') return undefined
    if (slash === '/') {
      if (top.name !== name || open.length === 1) return undefined
      open.pop()
      const value = nodeOf(top, match.index)
      if (value === undefined) return undefined
      open.at(-1)?.members.push({ key: name, value })
    } else if (selfClosing === '/') return undefined
    else open.push({ name, at: match.index, members: [], text: '' })
    if (open.length > maxDepth) return undefined
  }
  if (open.length !== 1 || root.members.length === 0 || root.text.trim() !== '') return undefined
  return { kind: 'object', start: 0, end: text.length, members: grouped(root.members) }
}

export function decodeEntities(text: string): string {
  return text.replace(
    /&(?:lt|gt|quot|apos|#3[49]|#x2[27]|amp);/g,
    (entity) => entities[entity] ?? entity,
  )
}

function nodeOf(element: Element, end: number): Node | undefined {
  const span = { start: element.at, end }
  if (element.members.length === 0) {
    return { kind: 'bare', text: decodeEntities(element.text.trim()), ...span }
  }
  if (element.text.trim() !== '') return undefined
  const names = new Set(element.members.map((member) => member.key))
  if (names.size === 1 && element.members.length > 1) {
    return { kind: 'array', items: element.members.map((member) => member.value), ...span }
  }
  return { kind: 'object', members: grouped(element.members), ...span }
}

/** Members of one name become one member that holds a list. */
function grouped(members: readonly Member[]): Member[] {
  const byName = new Map<string, Node[]>()
  for (const member of members) {
    const values = byName.get(member.key)
    if (values === undefined) byName.set(member.key, [member.value])
    else values.push(member.value)
  }
  return [...byName].map(([key, values]) => ({
    key,
    value: values.length === 1 ? (values[0] as Node) : listOf(values),
  }))
}

function listOf(items: Node[]): ArrayNode {
  return { kind: 'array', start: items[0]?.start ?? 0, end: items.at(-1)?.end ?? 0, items }
}
