import type { Aligner } from './aligner.ts'
import type { Node } from './node.ts'
import { likely, type Match, type Mismatch, type Reading, sameValue } from './reading.ts'
import type { UnionView, View } from './view.ts'

/**
 * Reads a node under several schemas. The safest reading wins; among equally safe ones that which
 * leaves out least. Two that remain and differ are ambiguous.
 */
export function alignUnion(aligner: Aligner, node: Node, view: UnionView): Reading {
  let best: Match | undefined
  let isTied = false
  let isMixed = false
  let closest: Mismatch | undefined
  for (const branch of view.branches) {
    const reading = aligner.align(node, branch)
    if (!reading.ok) {
      isMixed ||= reading.ambiguous === true
      if (closest === undefined || distance(reading, node, branch) < closest.issues.length) {
        closest = reading
      }
      continue
    }
    const order = best === undefined ? -1 : compare(reading, best)
    if (order < 0) {
      best = reading
      isTied = false
    } else if (order === 0 && best !== undefined && !sameValue(reading.value, best.value)) {
      isTied = true
    }
  }
  const isAmbiguous = isTied || (isMixed && (best === undefined || best.rank === likely))
  if (best !== undefined && !isAmbiguous) return best
  const issues = closest?.issues ?? []
  return { ok: false, issues: issues.length > 0 ? issues : tied(aligner), ambiguous: isAmbiguous }
}

/** Negative where the left reading is the safer one. */
function compare(left: Match, right: Match): number {
  if (left.rank !== right.rank) return left.rank - right.rank
  return dropped(left) - dropped(right)
}

function dropped(reading: Match): number {
  let count = 0
  for (const change of reading.changes) if (change.rule === 'unknown-key') count++
  return count
}

/** How far a branch is from the data: the fewer issues the closer, and the same kind is closer yet. */
function distance(reading: Mismatch, node: Node, branch: View): number {
  const isSameKind = node.kind === branch.kind
  return isSameKind ? reading.issues.length : reading.issues.length + 1
}

function tied(aligner: Aligner) {
  return [
    {
      path: aligner.path.slice(),
      expected: 'a value that fits one of the alternatives',
      got: 'several equal readings',
      message: 'the value can be read in several ways',
    },
  ]
}
