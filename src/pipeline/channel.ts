/** One writer, one reader, and room for a few values: the writer waits while the reader is behind. */
export interface Channel<T> extends AsyncIterable<T> {
  /** Resolves when there is room again; at once after the reader has left. */
  push(value: T): Promise<void>
  /** No more values: the reader ends, or throws the error, after those it has not read yet. */
  close(error?: unknown): void
}

/** Values that may lie in the channel before the writer has to wait. */
const room = 16

/** `onLeave` is called when the reader stops before the end. */
export function createChannel<T>(onLeave: () => void): Channel<T> {
  const waiting: T[] = []
  let ended: { readonly error: unknown } | undefined
  let left = false
  let wakeReader: (() => void) | undefined
  let wakeWriter: (() => void) | undefined

  async function* read(): AsyncGenerator<T> {
    try {
      for (;;) {
        const value = waiting.shift()
        if (value !== undefined) {
          wakeWriter?.()
          yield value
        } else if (ended) {
          if (ended.error !== undefined) throw ended.error
          return
        } else {
          await new Promise<void>((resolve) => {
            wakeReader = resolve
          })
        }
      }
    } finally {
      left = true
      wakeWriter?.()
      if (!ended) onLeave()
    }
  }

  return {
    async push(value) {
      if (left) return
      waiting.push(value)
      wakeReader?.()
      while (waiting.length >= room && !left) {
        await new Promise<void>((resolve) => {
          wakeWriter = resolve
        })
      }
    },
    close(error) {
      ended ??= { error }
      wakeReader?.()
    },
    [Symbol.asyncIterator]: read,
  }
}
