/**
 * The closed family of errors that Holdfast throws.
 *
 * One class, one table. A program decides by `code` and reads `data`; a person reads `message`,
 * which names what failed, with which value, and what to do next. The brand lets two copies of the
 * package recognise each other's errors, which `instanceof` cannot. An abort is not in this family:
 * it rejects with the signal's own reason.
 */

/** What each code carries, so that a program can act on it without reading the message. */
export interface ErrorData {
  /** An option, a config file or an environment variable has a value that cannot work. */
  INVALID_CONFIG: { option: string; value: unknown }
  /** The input of a pipeline, or the body of a request, does not fit its schema. */
  INVALID_INPUT: { issues: readonly InputIssue[] }
  /** A request body is larger than the server accepts. */
  INPUT_TOO_LARGE: { limitBytes: number }
  /** No pipeline of that name is defined. */
  UNKNOWN_PIPELINE: { name: string; known: readonly string[] }
  /** An answer, a job, a conversation or a trace of that id is not there. */
  NOT_FOUND: { kind: string; id: string }
  /** The same idempotency key came with another input. */
  IDEMPOTENCY_CONFLICT: { key: string; answerId: string }
  /** The deadline passed and the pipeline has no canned answer. */
  DEADLINE_EXCEEDED: { deadlineMs: number }
  /** No model gave a valid answer and the pipeline has no canned answer. */
  NO_ANSWER: {
    attempts: number
    lastReason: string
    /** Where all models take no more for now: when the first of them may be asked again. */
    retryAfterMs?: number
  }
  /** One attempt at a model failed; `reason` is one of the failure reasons of `model/failure.ts`. */
  MODEL_FAILED: { provider: string; model: string; reason: string }
  /** Even the smallest context is larger than the token budget. */
  CONTEXT_OVERFLOW: { neededTokens: number; availableTokens: number }
  /** The data folder or the database cannot be read or written. */
  STORE_UNAVAILABLE: { location: string }
  /** The queue's backend cannot be reached, or would lose jobs as it is configured. */
  QUEUE_UNAVAILABLE: { location: string }
  /** The port of the server is taken, or the address cannot be bound. */
  ADDRESS_UNAVAILABLE: { host: string; port: number }
  /** A write for an answer came from a run that a newer one has replaced, such as a worker given up for dead. */
  STALE_RUN: { answerId: string; run: number; current: number }
  /** More work arrived than the limits admit; try again after `retryAfterMs`. */
  OVERLOADED: { retryAfterMs: number }
  /** The caller is not allowed to see or do this. */
  FORBIDDEN: { kind: string; id: string }
}

/** One thing that is wrong with an input, by path. */
export interface InputIssue {
  readonly path: string
  readonly message: string
}

export type ErrorCode = keyof ErrorData

/** Whether the same call may succeed when it is made again, unchanged. */
const retryableCodes: Readonly<Record<ErrorCode, boolean>> = {
  INVALID_CONFIG: false,
  INVALID_INPUT: false,
  INPUT_TOO_LARGE: false,
  UNKNOWN_PIPELINE: false,
  NOT_FOUND: false,
  IDEMPOTENCY_CONFLICT: false,
  DEADLINE_EXCEEDED: true,
  NO_ANSWER: true,
  MODEL_FAILED: true,
  CONTEXT_OVERFLOW: false,
  STORE_UNAVAILABLE: true,
  QUEUE_UNAVAILABLE: true,
  ADDRESS_UNAVAILABLE: false,
  STALE_RUN: false,
  OVERLOADED: true,
  FORBIDDEN: false,
}

/** Every code, in the order of `docs/errors.md`. */
export const errorCodes = Object.keys(retryableCodes) as readonly ErrorCode[]

const brand = Symbol.for('holdfast.error')

/**
 * An error of Holdfast.
 *
 * @example
 * try { await app.onboarding.run(input) }
 * catch (error) { if (isHoldfastError(error, 'INVALID_INPUT')) show(error.data.issues); else throw error }
 */
export class HoldfastError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code
  readonly retryable: boolean
  readonly data: ErrorData[Code]

  constructor(code: Code, message: string, data: ErrorData[Code], options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'HoldfastError'
    this.code = code
    this.retryable = retryableCodes[code]
    this.data = data
    Object.defineProperty(this, brand, { value: true })
  }
}

/** Whether a value is an error of Holdfast, of that code if one is given. */
export function isHoldfastError(value: unknown): value is HoldfastError
export function isHoldfastError<Code extends ErrorCode>(
  value: unknown,
  code: Code,
): value is HoldfastError<Code>
export function isHoldfastError(value: unknown, code?: ErrorCode): boolean {
  if (typeof value !== 'object' || value === null || !(brand in value)) return false
  return code === undefined || ('code' in value && value.code === code)
}

/** The error that an option was given a value that cannot work. */
export function invalidConfig(
  option: string,
  value: unknown,
  expected: string,
): HoldfastError<'INVALID_CONFIG'> {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return new HoldfastError('INVALID_CONFIG', `${option} is ${shown}; expected ${expected}.`, {
    option,
    value,
  })
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
