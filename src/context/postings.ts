/**
 * Where each term occurs. Kept in segments, so that the oldest part can be let go of as a whole when
 * the index is full: no turn costs more to add than another.
 */
export interface Postings {
  /** Adds the terms of the next unit; units are numbered from 0 in the order in which they come. */
  add(terms: readonly string[]): void
  /** Calls `visit` with each unit that has the term, oldest first, as its place among those held, and how often. */
  scan(term: string, visit: (at: number, count: number) => void): void
  /** The number of units that have the term. */
  frequency(term: string): number
  /** The oldest unit that is still held. */
  readonly first: number
}

interface Segment {
  readonly first: number
  readonly lists: Map<string, Occurrences>
}

interface Occurrences {
  readonly units: number[]
  readonly counts: number[]
}

const segmentUnits = 1_024

export function createPostings(capacity: number): Postings {
  const segments: Segment[] = []
  const mostSegments = Math.max(2, Math.ceil(capacity / segmentUnits))
  let next = 0

  return {
    get first() {
      return segments[0]?.first ?? 0
    },
    add(terms) {
      let segment = segments.at(-1)
      if (!segment || next - segment.first >= segmentUnits) {
        segment = { first: next, lists: new Map() }
        segments.push(segment)
        if (segments.length > mostSegments) segments.shift()
      }
      for (const term of terms) addOccurrence(segment.lists, term, next)
      next++
    },
    scan(term, visit) {
      const oldest = segments[0]?.first ?? 0
      for (const { lists } of segments) {
        const list = lists.get(term)
        for (let at = 0; list && at < list.units.length; at++) {
          visit((list.units[at] ?? 0) - oldest, list.counts[at] ?? 0)
        }
      }
    },
    frequency: (term) =>
      segments.reduce((sum, { lists }) => sum + (lists.get(term)?.units.length ?? 0), 0),
  }
}

function addOccurrence(lists: Map<string, Occurrences>, term: string, unit: number): void {
  const list = lists.get(term)
  if (!list) lists.set(term, { units: [unit], counts: [1] })
  else if (list.units.at(-1) === unit)
    list.counts[list.counts.length - 1] = (list.counts.at(-1) ?? 0) + 1
  else {
    list.units.push(unit)
    list.counts.push(1)
  }
}
