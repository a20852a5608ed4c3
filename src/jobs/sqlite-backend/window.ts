/** A part of a list, in the terms of SQL. */
export interface Window {
  readonly offset: number
  readonly limit: number
}

/**
 * The part from index `start` to index `end`, both included, of a list of `total`; negative indices
 * count from the end. This is how BullMQ asks for pages everywhere, after Redis's `LRANGE`.
 */
export function windowOf(start: number, end: number, total: number): Window {
  const first = Math.max(start < 0 ? total + start : start, 0)
  const last = Math.min(end < 0 ? total + end : end, total - 1)
  return { offset: first, limit: Math.max(last - first + 1, 0) }
}
