import { HoldfastError } from '../base/errors.ts'

/** Whether a value can be the sequence number that a reader has got to: a whole number from 0. */
export function isCursor(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

/** The error that a reader wants to go on after something that is no sequence number. */
export function invalidCursor(path: string, value: unknown): HoldfastError<'INVALID_INPUT'> {
  const message = 'expected a whole number from 0'
  return new HoldfastError('INVALID_INPUT', `${path} is ${JSON.stringify(value)}; ${message}.`, {
    issues: [{ path, message }],
  })
}

/** The error that a reader wants to go on after an event that the log does not hold. */
export function unknownCursor(answerId: string, cursor: number): HoldfastError<'NOT_FOUND'> {
  return new HoldfastError(
    'NOT_FOUND',
    `The log of answer ${answerId} holds no event ${cursor}, so it cannot be followed from there. Follow it again from the start, and discard what was received before.`,
    { kind: 'event', id: `${answerId}/${cursor}` },
  )
}

/** Where an HTTP request says that it wants to go on. */
export interface CursorFacts {
  /** The header `Last-Event-ID`. */
  readonly lastEventId?: string | undefined
  /** The query parameter `starting_after`. */
  readonly startingAfter?: string | undefined
}

/**
 * The sequence number to go on after; 0 when neither is given. The header wins: a browser repeats
 * the address with its old query when it reconnects, and adds the header with what it has got since.
 *
 * @throws INVALID_INPUT when it is not a whole number from 0.
 */
export function cursorOf({ lastEventId, startingAfter }: CursorFacts): number {
  if (lastEventId) return parseCursor('Last-Event-ID', lastEventId)
  if (startingAfter) return parseCursor('starting_after', startingAfter)
  return 0
}

function parseCursor(path: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!isCursor(value)) throw invalidCursor(path, text)
  return value
}
