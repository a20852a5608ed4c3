import type { BareNode, StringNode } from './node.ts'
import { setOwn } from './plain-value.ts'
import type { ObjectView, View } from './view.ts'

/** An open container, and the schemas that it may still be read under. */
export interface Level {
  readonly kind: 'object' | 'array'
  /** Undefined where the schema leaves open what it is; such a part is not shown. */
  views: readonly View[] | undefined
  readonly value: Record<string, unknown> | unknown[]
  readonly keys: Set<string>
  key: string | number
  /** A key that the schema does not name as it is written: it may be a known one in other words. */
  hasUnknownKey: boolean
}

/** Puts a value at the current key of a container. */
export function place(level: Level, value: unknown): void {
  if (Array.isArray(level.value)) level.value[Number(level.key)] = value
  else if (level.key !== '') setOwn(level.value, String(level.key), value)
}

export function advance(level: Level): void {
  if (level.kind === 'array') level.key = Number(level.key) + 1
}

/** Whether an object has all its keys and no others under one of its schemas. */
export function isComplete(level: Level): boolean {
  if (level.hasUnknownKey) return false
  return (
    level.views?.some(
      (view) => view.kind === 'object' && [...view.required].every((name) => level.keys.has(name)),
    ) ?? false
  )
}

/** Null for an optional property: it will be left out. */
export function isAbsent(level: Level, node: StringNode | BareNode): boolean {
  if (level.kind !== 'object' || !/^(?:null|none)$/i.test(node.text)) return false
  return (
    level.views?.some((view) => view.kind === 'object' && !view.required.has(String(level.key))) ??
    false
  )
}

/** The schemas of this kind among the alternatives; undefined where another kind could become it. */
export function ofKind(
  views: readonly View[],
  kind: 'object' | 'array',
): readonly View[] | undefined {
  const found = views.flatMap((view) => {
    const branches = view.kind === 'union' ? view.branches : [view]
    return branches.filter((branch) => branch.kind === kind)
  })
  return found.length > 0 ? found : undefined
}

export function isGrowing(view: View): boolean {
  if (view.kind === 'union')
    return view.branches.every((one) => one.kind === 'null' || isGrowing(one))
  return view.kind === 'string' && view.format === undefined
}

export function knows(view: ObjectView, key: string): boolean {
  return propertyOf(view, key) !== undefined
}

export function propertyOf(view: ObjectView, key: string): View | undefined {
  const property = view.property(key)
  if (property !== undefined || view.patterns.length > 0) return property
  return view.names.length === 0 && view.additional?.kind !== 'never' ? view.additional : undefined
}
