/**
 * Lists of small numbers, one after another in one piece of memory: ten thousand arrays of their own
 * would take three times as much, and reading through them most of a search's time.
 */
export interface NumberLists {
  add(list: readonly number[]): void
  /** The list at a place, without a copy; valid until the next change. */
  at(place: number): Int32Array
  /** Lets go of the first `count` lists; the others move to the front. */
  forget(count: number): void
  /** All lists one after another; that of a place is from `starts[place]` to `starts[place + 1]`. */
  readonly values: Int32Array
  readonly starts: readonly number[]
}

const firstLength = 128

export function createNumberLists(): NumberLists {
  let values = new Int32Array(firstLength)
  let starts = [0]

  return {
    get values() {
      return values
    },
    get starts() {
      return starts
    },
    add(list) {
      const from = starts.at(-1) ?? 0
      if (from + list.length > values.length) {
        const longer = new Int32Array(Math.ceil(1.5 * (from + list.length)))
        longer.set(values)
        values = longer
      }
      values.set(list, from)
      starts.push(from + list.length)
    },
    at: (place) => values.subarray(starts[place] ?? 0, starts[place + 1] ?? 0),
    forget(count) {
      const from = starts[count] ?? 0
      values.copyWithin(0, from, starts.at(-1) ?? 0)
      starts = starts.slice(count).map((start) => start - from)
    },
  }
}
