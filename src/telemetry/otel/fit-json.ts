import { isRecord } from '../../base/json.ts'

/** Below this a text says nothing any more; whole elements are left out instead. */
const shortestText = 32

/**
 * A list as JSON of at most `maxBytes` (UTF-8), always valid: readers cut long attributes anywhere, and
 * JSON that is cut is lost whole. First the longest texts are shortened, then elements from the middle
 * are left out, since the first and the last say most.
 */
export function fitJson(list: readonly unknown[], maxBytes: number): string {
  const whole = JSON.stringify(list)
  if (Buffer.byteLength(whole) <= maxBytes) return whole
  for (let limit = maxBytes; limit >= shortestText; limit = Math.floor(limit / 2)) {
    const short = JSON.stringify(list.map((item) => shorten(item, limit)))
    if (Buffer.byteLength(short) <= maxBytes) return short
  }
  const tiny = list.map((item) => shorten(item, shortestText))
  return JSON.stringify(leaveOut(tiny, maxBytes))
}

function leaveOut(list: readonly unknown[], maxBytes: number): readonly unknown[] {
  for (let kept = list.length - 1; kept >= 1; kept = Math.floor(kept / 2)) {
    const head = list.slice(0, Math.ceil(kept / 2))
    const tail = list.slice(list.length - Math.floor(kept / 2))
    const notice = { type: 'text', content: `… ${list.length - kept} left out` }
    const candidate = [...head, { role: 'system', parts: [notice] }, ...tail]
    if (Buffer.byteLength(JSON.stringify(candidate)) <= maxBytes) return candidate
  }
  return []
}

function shorten(value: unknown, limit: number): unknown {
  if (typeof value === 'string') return shortText(value, limit)
  if (Array.isArray(value)) return value.map((item) => shorten(item, limit))
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shorten(item, limit)]))
}

/** Cuts a text at `limit` characters, not between the halves of one, and says how many are gone. */
export function shortText(text: string, limit: number): string {
  if (text.length <= limit) return text
  const notice = `… [${text.length} characters]`
  let end = Math.max(0, limit - notice.length)
  const last = text.charCodeAt(end - 1)
  if (last >= 0xd800 && last <= 0xdbff) end--
  return text.slice(0, end) + notice
}

/** Cuts a text to at most `maxBytes` of UTF-8. */
export function shortBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text
  let limit = Math.min(text.length, maxBytes)
  let short = shortText(text, limit)
  while (Buffer.byteLength(short) > maxBytes && limit > 1) {
    limit = Math.floor(limit * 0.8)
    short = shortText(text, limit)
  }
  return short
}
