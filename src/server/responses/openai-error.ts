import { isHoldfastError } from '../../base/errors.ts'
import { problemOf } from '../problem.ts'

/** An error in the shape that clients of the OpenAI API read. */
export interface OpenaiError {
  readonly message: string
  readonly type: string
  /** The field that is at fault, by path. */
  readonly param: string | null
  readonly code: string
}

/** What a client of the OpenAI API is told of an error, and with which status. */
export function openaiErrorOf(error: unknown): {
  readonly status: number
  readonly error: OpenaiError
} {
  const { status, detail, code } = problemOf(error)
  return {
    status,
    error: { message: detail, type: typeOf(status), param: paramOf(error), code: openaiCode(code) },
  }
}

function typeOf(status: number): string {
  if (status === 429) return 'rate_limit_error'
  if (status === 401 || status === 403) return 'permission_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}

function paramOf(error: unknown): string | null {
  if (isHoldfastError(error, 'INVALID_INPUT')) return error.data.issues[0]?.path ?? null
  if (isHoldfastError(error, 'UNKNOWN_PIPELINE')) return 'model'
  return null
}

/** The names that clients know where there are some; else our own. */
function openaiCode(code: string): string {
  return code === 'UNKNOWN_PIPELINE' ? 'model_not_found' : code.toLowerCase()
}
