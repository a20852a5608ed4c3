import { isRecord } from '../../base/json.ts'
import type { Capture } from '../capture.ts'

/**
 * Contents that go onto a span have to be redacted before the span ends, in the middle of the call. So
 * only as much is looked at as the span can hold: the first message, which is usually the instructions,
 * and the last ones; each text up to the limit.
 */
export function contentForSpan(raw: unknown, maxLength: number, capture: Capture): unknown {
  if (!Array.isArray(raw)) return capture.value(cutTexts(raw, maxLength, capture))
  const [first, ...rest] = raw.map((item: unknown) => cutTexts(item, maxLength, capture))
  let left = maxLength - lengthOf(first)
  const kept: unknown[] = []
  for (const item of rest.reverse()) {
    left -= lengthOf(item)
    if (left < 0 && kept.length > 0) break
    kept.unshift(item)
  }
  return capture.value(raw.length === 0 ? [] : [first, ...kept])
}

/** A message with its long texts cut; what is deeper than its fields stays as it is. */
function cutTexts(item: unknown, limit: number, capture: Capture): unknown {
  if (typeof item === 'string') return item.length > limit ? capture.cut(item, limit) : item
  if (!isRecord(item)) return item
  const cut = Object.entries(item).map(([key, value]) => [
    key,
    typeof value === 'string' && value.length > limit ? capture.cut(value, limit) : value,
  ])
  return Object.fromEntries(cut)
}

function lengthOf(item: unknown): number {
  if (typeof item === 'string') return item.length
  if (Array.isArray(item)) return item.reduce<number>((sum, each) => sum + lengthOf(each), 0)
  if (!isRecord(item)) return 8
  return Object.values(item).reduce<number>((sum, each) => sum + lengthOf(each), 0)
}
