/**
 * What the live client throws.
 *
 * `code` is one of the codes of docs/errors.md when the server sent it. The client's own are
 * `DISCONNECTED` (it resumes by itself, so only `cancel` throws it) and `CLIENT_CLOSED`.
 */
export class LiveError extends Error {
  readonly code: string
  /** Whether the same request may succeed when it is made again, unchanged. */
  readonly retryable: boolean

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'LiveError'
    this.code = code
    this.retryable = !finalCodes.has(code)
  }
}

/** Asking again changes nothing at these. */
const finalCodes: ReadonlySet<string> = new Set([
  'FORBIDDEN',
  'NOT_FOUND',
  'INVALID_INPUT',
  'INPUT_TOO_LARGE',
  'CLIENT_CLOSED',
])

/** The connection broke, could not be made, or went silent. */
export function disconnected(how: string, cause?: unknown): LiveError {
  return new LiveError('DISCONNECTED', `The live connection ${how}.`, { cause })
}

/** An HTTP answer other than the one hoped for. */
export function refusedWith(status: number, url: string): LiveError {
  const code =
    status === 401 || status === 403
      ? 'FORBIDDEN'
      : status === 404
        ? 'NOT_FOUND'
        : status === 408 || status === 429
          ? 'OVERLOADED'
          : status >= 400 && status < 500
            ? 'INVALID_INPUT'
            : 'DISCONNECTED'
  return new LiveError(code, `The server answered ${url} with status ${status}.`)
}
