import type { RuleName } from './rule-names.ts'
import type { Change, ChangeClass, OutputIssue, Path } from './verdict.ts'

/** How a value was read out of a node: exactly, or by rules of which the least safe one counts. */
export type Rank = 0 | 1 | 2

export const exact: Rank = 0
export const unique: Rank = 1
export const likely: Rank = 2

export function rankOf(kind: ChangeClass): Rank {
  return kind === 'lossless' ? exact : kind === 'unique' ? unique : likely
}

export const worse = (left: Rank, right: Rank): Rank => (left > right ? left : right)

/** A value that fits, or what is wrong. */
export type Reading = Match | Mismatch

export interface Match {
  readonly ok: true
  readonly value: unknown
  readonly rank: Rank
  readonly changes: readonly Change[]
}

export interface Mismatch {
  readonly ok: false
  readonly issues: readonly OutputIssue[]
  /** Several values fit equally well. */
  readonly ambiguous?: boolean
  /** The text ended before its last bracket, so that what is wrong may be what was cut off. */
  readonly isCut?: boolean
}

/** A scalar as a rule read it. Without a rule it was read as it stands. */
export interface Scalar {
  readonly value: unknown
  readonly rule?: RuleName
  readonly class?: ChangeClass
}

/** What a rule for scalars finds: a value, nothing, or several values. */
export type ScalarReading = Scalar | undefined | 'ambiguous'

const noChanges: readonly Change[] = []

/**
 * More changes than this are not listed one by one: an answer that needs more is of no use as a
 * list. The rank counts them all.
 */
export const mostChanges = 1000

/** Adds changes to a list as long as it is of use. */
export function addChanges(list: Change[], more: readonly Change[]): void {
  for (const change of more) {
    if (list.length >= mostChanges) return
    list.push(change)
  }
}

export function match(value: unknown): Match {
  return { ok: true, value, rank: exact, changes: noChanges }
}

/** A match that needed one change, on top of those of the reading it came from. */
export function changed(inner: Match, change: Change): Match {
  return {
    ok: true,
    value: inner.value,
    rank: worse(inner.rank, rankOf(change.class)),
    changes: [...inner.changes, change],
  }
}

export function mismatch(path: Path, expected: string, got: string, message?: string): Mismatch {
  const text = message ?? (got === nothing ? `expected ${expected}` : `${got} is not ${expected}`)
  return { ok: false, issues: [{ path, expected, got, message: text }] }
}

/** What an issue shows where there is nothing to show. */
export const nothing = 'nothing'

/** Whether two JSON values are equal. Bounded by the depth limit of what was parsed. */
export function sameValue(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (typeof left !== 'object' || typeof right !== 'object') return left === right
  if (left === null || right === null) return false
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false
    return left.every((item, index) => sameValue(item, right[index]))
  }
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every(
    (key) =>
      Object.hasOwn(right, key) &&
      sameValue((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]),
  )
}
