import type { Member, Node, ObjectNode } from './node.ts'
import { differsBySlip, normalizeName } from './normalize-name.ts'
import type { RuleName } from './rule-names.ts'
import type { ChangeClass } from './verdict.ts'
import type { ObjectView } from './view.ts'

/** An object with more unknown keys than this is not one with a slip of the finger in it. */
const mostSlips = 50

/** The members that stand for one property. */
export interface KeyMatch {
  /** The key as it was written first. */
  readonly key: string
  readonly values: Node[]
  /** The rule by which the key was recognised; undefined where it was written right. */
  readonly rule?: RuleName
  readonly class: ChangeClass
}

interface MatchedKeys {
  readonly byName: ReadonlyMap<string, KeyMatch>
  readonly unknown: Member[]
}

/**
 * Finds which member stands for which property: the same key first, then the same key in another
 * case or with other separators, then the key with one slip of the finger. A property that was
 * written right takes no second key.
 */
export function matchKeys(node: ObjectNode, view: ObjectView): MatchedKeys {
  const byName = new Map<string, KeyMatch>()
  const inexact: Member[] = []
  for (const member of node.members) {
    if (view.property(member.key) === undefined) inexact.push(member)
    else add(byName, member.key, member, undefined, 'lossless')
  }
  if (inexact.length === 0) return { byName, unknown: inexact }
  const exactNames = new Set(byName.keys())
  const unmatched: Member[] = []
  for (const member of inexact) {
    const name = view.byNormalName.get(normalizeName(member.key))
    if (name === undefined || exactNames.has(name)) unmatched.push(member)
    else add(byName, name, member, 'key-case', 'unique')
  }
  const unknown: Member[] = []
  for (const member of unmatched) {
    const name =
      byName.size < view.names.length && unknown.length < mostSlips
        ? slippedName(member.key, view, byName)
        : undefined
    if (name === undefined) unknown.push(member)
    else add(byName, name, member, 'key-slip', 'likely')
  }
  return { byName, unknown }
}

/** The one property without a value whose name differs from this key by a slip. */
function slippedName(
  key: string,
  view: ObjectView,
  taken: ReadonlyMap<string, KeyMatch>,
): string | undefined {
  const normal = normalizeName(key)
  if (normal.length < 4 || normal.length > 40) return undefined
  const near = view.names.filter(
    (name) => !taken.has(name) && differsBySlip(normal, normalizeName(name)),
  )
  return near.length === 1 ? near[0] : undefined
}

function add(
  byName: Map<string, KeyMatch>,
  name: string,
  member: Member,
  rule: RuleName | undefined,
  kind: ChangeClass,
): void {
  const known = byName.get(name)
  if (known !== undefined) known.values.push(member.value)
  else {
    const found = { key: member.key, values: [member.value], class: kind }
    byName.set(name, rule === undefined ? found : { ...found, rule })
  }
}
