/**
 * Arrays of zeros for one search after another. A search needs half a dozen as long as its index;
 * made anew each time, they would be most of what the garbage collector has to do.
 */
export interface ScoreBuffers {
  /** Begins a search over `length` units; what was taken before must not be used any more. */
  begin(length: number): void
  take(): Float64Array
}

export function createScoreBuffers(): ScoreBuffers {
  const buffers: Float64Array[] = []
  let taken = 0
  let size = 0
  return {
    begin(length) {
      taken = 0
      size = length
    },
    take() {
      let buffer = buffers[taken]
      if (buffer === undefined || buffer.length < size) {
        // With room to grow, since an index seldom stays as long as it is.
        buffer = new Float64Array(Math.ceil(size * 1.25))
        buffers[taken] = buffer
      }
      taken++
      return buffer.subarray(0, size).fill(0)
    },
  }
}
