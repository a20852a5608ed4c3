import { isRecord } from '../base/json.ts'

/** One place at which two values differ; undefined where one of them has nothing there. */
export interface ValueDifference {
  /** As people write it, such as `items[0].price`; empty for the whole value. */
  readonly path: string
  readonly before: unknown
  readonly now: unknown
}

/** Where two JSON values differ, in the order of the first. Empty: they are the same. */
export function differencesOf(before: unknown, now: unknown, path = ''): ValueDifference[] {
  if (Array.isArray(before) && Array.isArray(now)) {
    const length = Math.max(before.length, now.length)
    return Array.from({ length }, (_, index) =>
      differencesOf(before[index], now[index], `${path}[${index}]`),
    ).flat()
  }
  if (isRecord(before) && isRecord(now)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(now)])
    return [...keys].flatMap((key) =>
      differencesOf(before[key], now[key], path === '' ? key : `${path}.${key}`),
    )
  }
  return Object.is(before, now) ? [] : [{ path, before, now }]
}

/**
 * Whether a value has the shape of another: the same kind at each path. It may have more keys; each item
 * of an array has the shape of one of the items that were expected.
 */
export function hasShapeOf(expected: unknown, value: unknown): boolean {
  if (Array.isArray(expected)) {
    if (!Array.isArray(value)) return false
    return (
      expected.length === 0 ||
      value.every((item) => expected.some((each) => hasShapeOf(each, item)))
    )
  }
  if (isRecord(expected)) {
    if (!isRecord(value)) return false
    return Object.entries(expected).every(([key, each]) => hasShapeOf(each, value[key]))
  }
  if (expected === null || value === null) return expected === value
  return typeof expected === typeof value
}
