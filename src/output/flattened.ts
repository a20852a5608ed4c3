import type { Member, ObjectNode } from './node.ts'
import { normalizeName } from './normalize-name.ts'
import type { ObjectView, View } from './view.ts'

/** The members that belong one level deeper, as the object they should have been. */
interface Flattened {
  readonly node: ObjectNode
  readonly members: readonly Member[]
}

/**
 * Gathers the object that a required property lacks from keys that were written one level too high:
 * `{"address.city": …}` and `{"address_city": …}` by their prefix, `{"city": …}` by its name where
 * no other missing object could own it. `known` are the members that the schema does not name.
 */
export function gatherFlattened(
  view: ObjectView,
  name: string,
  known: readonly Member[],
): Flattened | undefined {
  const wanted = objectOf(view.property(name))
  if (wanted === undefined || known.length === 0) return undefined
  const prefixed = byPrefix(wanted, name, known)
  if (prefixed.length > 0) return build(prefixed)
  const owned = known.flatMap((member): [Member, string][] => {
    const inner = innerName(wanted, member.key)
    return inner !== undefined && !isSharedKey(view, name, member.key) ? [[member, inner]] : []
  })
  return owned.length > 0 ? build(owned) : undefined
}

function byPrefix(
  wanted: ObjectView,
  name: string,
  known: readonly Member[],
): readonly [Member, string][] {
  const prefix = normalizeName(name)
  return known.flatMap((member): [Member, string][] => {
    const separated = /^(.+?)(?:[._/:-]|\[)(.+?)\]?$/.exec(member.key)
    const isDotted = separated?.[1] !== undefined && normalizeName(separated[1]) === prefix
    if (isDotted) {
      const inner = innerName(wanted, String(separated?.[2]))
      return inner === undefined ? [] : [[member, inner]]
    }
    const normal = normalizeName(member.key)
    const rest = normal.startsWith(prefix) ? normal.slice(prefix.length) : ''
    const inner = rest === '' ? undefined : wanted.byNormalName.get(rest)
    return inner === undefined ? [] : [[member, inner]]
  })
}

function innerName(wanted: ObjectView, key: string): string | undefined {
  return wanted.property(key) === undefined ? wanted.byNormalName.get(normalizeName(key)) : key
}

/** Whether another object of the same level has a property of this name as well. */
function isSharedKey(view: ObjectView, name: string, key: string): boolean {
  return view.names.some((other) => {
    const sibling = other === name ? undefined : objectOf(view.property(other))
    return sibling !== undefined && innerName(sibling, key) !== undefined
  })
}

function build(owned: readonly (readonly [Member, string])[]): Flattened {
  const first = owned[0]?.[0].value
  const start = first?.start ?? 0
  const node: ObjectNode = {
    kind: 'object',
    start,
    end: owned.at(-1)?.[0].value.end ?? start,
    members: owned.map(([member, key]) => ({ key, value: member.value })),
  }
  return { node, members: owned.map(([member]) => member) }
}

function objectOf(view: View | undefined): ObjectView | undefined {
  if (view?.kind === 'object') return view
  if (view?.kind !== 'union') return undefined
  const objects = view.branches.filter((branch) => branch.kind === 'object')
  return objects.length === 1 ? objects[0] : undefined
}
