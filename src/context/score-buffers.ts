/**
 * Arrays of zeros for one search after another. A search needs a dozen as long as what it looks at;
 * made anew each time, they would be most of what the garbage collector has to do.
 */
export interface ScoreBuffers {
  /** Begins a search; what was taken before must not be used any more. */
  begin(): void
  take(length: number): Float64Array
}

export function createScoreBuffers(): ScoreBuffers {
  const buffers: Float64Array[] = []
  let taken = 0
  return {
    begin() {
      taken = 0
    },
    take(length) {
      let buffer = buffers[taken]
      if (buffer === undefined || buffer.length < length) {
        // With room to grow, since an index seldom stays as long as it is.
        buffer = new Float64Array(Math.ceil(length * 1.25))
        buffers[taken] = buffer
      }
      taken++
      return buffer.subarray(0, length).fill(0)
    },
  }
}
