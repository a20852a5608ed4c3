import { abortable } from './abortable.ts'

/** Values put in by callbacks and taken out by one async loop. */
export interface Mailbox<T> {
  put(value: T): void
  /** The loop ends after what has been put. */
  end(): void
  /** The loop throws after what has been put. */
  fail(error: Error): void
  take(signal: AbortSignal): AsyncGenerator<T, void>
}

export function createMailbox<T>(): Mailbox<T> {
  let values: T[] = []
  let outcome: { readonly error?: Error } | undefined
  let arrival = Promise.withResolvers<void>()

  return {
    put(value) {
      values.push(value)
      arrival.resolve()
    },
    end() {
      outcome ??= {}
      arrival.resolve()
    },
    fail(error) {
      outcome ??= { error }
      arrival.resolve()
    },
    async *take(signal) {
      for (;;) {
        const taken = values
        values = []
        yield* taken
        if (values.length > 0) continue
        if (outcome?.error) throw outcome.error
        if (outcome) return
        arrival = Promise.withResolvers()
        await abortable(arrival.promise, signal)
      }
    },
  }
}
