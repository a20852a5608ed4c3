import type { Readable } from 'node:stream'
import type { CancelTimer, Clock } from '../../base/clock.ts'

/** What `readWithin` gives when nothing came in time. */
export const late = Symbol('late')

/** How long a body that is as good as over may take to end, so that its connection can be kept. */
const drainMs = 200

/**
 * Reads a response body by pull: one chunk for one `read`, nothing ahead but the stream's own
 * buffer. A plain loop over `read()`; the async iterator of a stream costs a promise chain per chunk.
 */
export class BodyReader {
  readonly #body: Readable
  readonly #clock: Clock
  #wake: (() => void) | undefined
  #ended = false
  #closed = false
  #error: Error | undefined

  constructor(body: Readable, clock: Clock) {
    this.#body = body
    this.#clock = clock
    body.on('readable', () => this.#wake?.())
    body.on('end', () => {
      this.#ended = true
      this.#wake?.()
    })
    body.on('error', (error: Error) => {
      this.#error = error
      this.#wake?.()
    })
    body.on('close', () => {
      this.#closed = true
      this.#wake?.()
    })
  }

  /** The next bytes, or undefined at the end. Rejects with the socket's error when it breaks. */
  async read(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk: Buffer | null = this.#body.read()
      if (chunk !== null) return chunk
      if (this.#ended) return undefined
      if (this.#error !== undefined || this.#closed) throw this.#error ?? prematureClose()
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Like `read`, but gives `late` when nothing has come after `withinMs`. */
  readWithin(withinMs: number): Promise<Buffer | undefined | typeof late> {
    let cancel: CancelTimer = () => {}
    const timeout = new Promise<typeof late>((resolve) => {
      cancel = this.#clock.setTimer(withinMs, () => resolve(late))
    })
    return Promise.race([this.read(), timeout]).finally(cancel)
  }

  /** Closes the socket now, unless the body has been read to its end. */
  close(): void {
    this.#body.destroy()
  }

  /**
   * Lets the rest of a finished answer run out, so that its connection serves the next call; closes
   * the socket if that takes too long.
   */
  drain(): void {
    if (this.#ended || this.#closed) return
    const cancel = this.#clock.setTimer(drainMs, () => this.close())
    this.#body.once('close', cancel)
    this.#body.removeAllListeners('readable')
    this.#body.resume()
  }
}

function prematureClose(): Error {
  return Object.assign(new Error('The body was closed before its end'), {
    code: 'ERR_PREMATURE_CLOSE',
  })
}
