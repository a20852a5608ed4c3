import { type ErrorCode, type HoldfastError, isHoldfastError } from '../base/errors.ts'

/** A problem response of RFC 9457, with the stable code of the error. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly issues?: unknown
  readonly known?: unknown
}

/** Status codes live here alone; the rest of the house speaks in error codes. */
const statusByCode: Readonly<Record<ErrorCode, number>> = {
  INVALID_CONFIG: 500,
  INVALID_INPUT: 400,
  INPUT_TOO_LARGE: 413,
  UNKNOWN_PIPELINE: 404,
  NOT_FOUND: 404,
  IDEMPOTENCY_CONFLICT: 409,
  DEADLINE_EXCEEDED: 504,
  NO_ANSWER: 502,
  MODEL_FAILED: 502,
  CONTEXT_OVERFLOW: 413,
  STORE_UNAVAILABLE: 503,
  QUEUE_UNAVAILABLE: 503,
  ADDRESS_UNAVAILABLE: 500,
  STALE_RUN: 409,
  OVERLOADED: 503,
  FORBIDDEN: 403,
}

const titleByStatus: Readonly<Record<number, string>> = {
  400: 'The request does not fit',
  401: 'A key is needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'That method is not served here',
  409: 'In conflict with what is there',
  413: 'Too large',
  415: 'That content type is not served here',
  500: 'The server failed',
  502: 'No model answered',
  503: 'Not available now',
  504: 'Too late',
}

/** What a client sees of an error. What is not meant for it stays in the log. */
export function problemOf(error: unknown): Problem {
  if (!isHoldfastError(error)) {
    const detail = 'An error that the server did not expect; its log says more.'
    return problem(500, 'INTERNAL', detail)
  }
  const status = isUnknownUser(error) ? 401 : statusByCode[error.code]
  const detail =
    error.code === 'INVALID_CONFIG'
      ? 'The server is not set up right; its log says more.'
      : error.message
  return { ...problem(status, error.code, detail), ...extras(error) }
}

/** Who asks is not known, rather than not allowed. */
function isUnknownUser(error: HoldfastError): boolean {
  return isHoldfastError(error, 'FORBIDDEN') && error.data.kind === 'user'
}

export function problem(status: number, code: string, detail: string): Problem {
  const title = titleByStatus[status] ?? 'The request failed'
  return { type: `urn:holdfast:problem:${code}`, title, status, detail, code }
}

function extras(error: HoldfastError): Pick<Problem, 'issues' | 'known'> {
  if (isHoldfastError(error, 'INVALID_INPUT')) return { issues: error.data.issues }
  if (isHoldfastError(error, 'UNKNOWN_PIPELINE')) return { known: error.data.known }
  return {}
}

/** Seconds for the Retry-After header, where the error says when to come back. */
export function retryAfterSeconds(error: unknown): number | undefined {
  if (!isHoldfastError(error, 'OVERLOADED')) return undefined
  return Math.max(1, Math.ceil(error.data.retryAfterMs / 1_000))
}
