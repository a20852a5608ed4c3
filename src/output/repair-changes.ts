import type { Node, Repair } from './node.ts'
import type { Change, Path } from './verdict.ts'

/** The mends of the syntax as changes, each with the path of the value that it stands in. */
export function changesOf(repairs: readonly Repair[], root: Node, base: Path): Change[] {
  return repairs.map(({ rule, class: kind, at, before, after }) => ({
    path: [...base, ...pathAt(root, at)],
    rule,
    class: kind,
    before: before.length > 120 ? `${before.slice(0, 119)}…` : before,
    after: after !== undefined && after.length > 120 ? `${after.slice(0, 119)}…` : after,
  }))
}

/** The path of the innermost value whose span holds this place. */
function pathAt(root: Node, at: number): Path {
  const path: (string | number)[] = []
  let node = root
  for (;;) {
    if (node.kind === 'array') {
      const index = lastStartingBefore(node.items, at, (item) => item.start)
      const item = node.items[index]
      if (item === undefined || item.end < at) return path
      path.push(index)
      node = item
    } else if (node.kind === 'object') {
      const index = lastStartingBefore(node.members, at, (member) => member.value.start)
      const member = node.members[index]
      if (member === undefined || member.value.end < at) return path
      path.push(member.key)
      node = member.value
    } else return path
  }
}

function lastStartingBefore<T>(
  list: readonly T[],
  at: number,
  startOf: (one: T) => number,
): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (startOf(list[middle] as T) <= at) low = middle + 1
    else high = middle
  }
  return low - 1
}
