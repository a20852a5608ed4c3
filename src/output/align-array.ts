import type { Aligner } from './aligner.ts'
import type { ArrayNode } from './node.ts'
import { describeNode } from './plain-value.ts'
import { addChanges, exact, mismatch, type Rank, type Reading, worse } from './reading.ts'
import type { Change, OutputIssue } from './verdict.ts'
import type { ArrayView } from './view.ts'

/** More issues than this are not collected: a model is told a few, and a person reads fewer. */
export const mostIssues = 16

/** Reads every item; an item that does not fit is never dropped. */
export function alignArray(aligner: Aligner, node: ArrayNode, view: ArrayView): Reading {
  const { prefix, items: rest } = view
  const value: unknown[] = []
  const changes: Change[] = []
  const issues: OutputIssue[] = []
  let rank: Rank = exact
  let ambiguous = false
  for (const [index, item] of node.items.entries()) {
    aligner.path.push(index)
    const reading = aligner.align(item, prefix[index] ?? rest)
    aligner.path.pop()
    if (reading.ok) {
      value.push(reading.value)
      rank = worse(rank, reading.rank)
      addChanges(changes, reading.changes)
    } else {
      ambiguous ||= reading.ambiguous === true
      issues.push(...reading.issues)
      if (issues.length >= mostIssues) break
    }
  }
  if (issues.length > 0) return { ok: false, issues, ambiguous }
  const length = value.length
  if (length < view.minItems || length > view.maxItems) {
    return mismatch(aligner.path.slice(), describeLength(view), describeNode(aligner.text, node))
  }
  return { ok: true, value, rank, changes }
}

function describeLength(view: ArrayView): string {
  const { minItems, maxItems } = view
  if (minItems === maxItems) return `an array of ${minItems} items`
  if (maxItems === Number.POSITIVE_INFINITY) return `an array of at least ${minItems} items`
  return `an array of ${minItems} to ${maxItems} items`
}
