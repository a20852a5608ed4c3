import { type ErrorCode, HoldfastError, isHoldfastError } from '../base/errors.ts'
import { maxMessageBytes, maxSubscriptions } from './live-limits.ts'
import { describeTarget, kindOf, type LiveTarget } from './live-target.ts'

/** What a client is told of an error. */
export interface SocketProblem {
  readonly code: ErrorCode | 'INTERNAL'
  readonly message: string
  /** The fault is the server's, so its log has to have it. */
  readonly isOurs: boolean
}

/** Codes whose messages are written for whoever asked; others may name files and addresses. */
const codesForClients: readonly ErrorCode[] = [
  'FORBIDDEN',
  'NOT_FOUND',
  'INVALID_INPUT',
  'INPUT_TOO_LARGE',
  'OVERLOADED',
]

/** `lastSeq` is how far the client has been fed, for the advice where to go on. */
export function socketProblem(error: unknown, lastSeq?: number): SocketProblem {
  if (isHoldfastError(error) && codesForClients.includes(error.code)) {
    return { code: error.code, message: error.message, isOurs: false }
  }
  const advice = lastSeq === undefined ? 'Try again.' : `Subscribe again after event ${lastSeq}.`
  return {
    code: isHoldfastError(error) ? error.code : 'INTERNAL',
    message: `The server could not do this now. ${advice}`,
    isOurs: true,
  }
}

export function notAllowed(target: LiveTarget, action: string): HoldfastError<'FORBIDDEN'> {
  return new HoldfastError(
    'FORBIDDEN',
    `You may not ${action} ${describeTarget(target)}, or there is no such thing.`,
    kindOf(target),
  )
}

export function tooManySubscriptions(): HoldfastError<'OVERLOADED'> {
  return new HoldfastError(
    'OVERLOADED',
    `A socket follows at most ${maxSubscriptions} answers. Unsubscribe from those that are no longer shown.`,
    { retryAfterMs: 1_000 },
  )
}

export function messageTooLarge(): HoldfastError<'INPUT_TOO_LARGE'> {
  return new HoldfastError(
    'INPUT_TOO_LARGE',
    `A message of the live protocol has at most ${maxMessageBytes} bytes.`,
    { limitBytes: maxMessageBytes },
  )
}
