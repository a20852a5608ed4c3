import { HoldfastError } from '../../base/errors.ts'

/** The error that the database at `location` cannot be used; `wayOut` is a reason and an advice. */
export function storeUnavailable(
  location: string,
  wayOut: string,
  cause?: unknown,
): HoldfastError<'STORE_UNAVAILABLE'> {
  return new HoldfastError(
    'STORE_UNAVAILABLE',
    `The store at ${JSON.stringify(location)} cannot be used: ${wayOut}.`,
    { location },
    { cause },
  )
}

/** The error that a value cannot be stored, as a problem of the input at `path`. */
export function invalidValue(
  path: string,
  problem: string,
  cause?: unknown,
): HoldfastError<'INVALID_INPUT'> {
  return new HoldfastError(
    'INVALID_INPUT',
    `The ${path} cannot be stored: ${problem}.`,
    { issues: [{ path, message: problem }] },
    { cause },
  )
}

/** Half of a surrogate pair has no UTF-8, and would come back as another text than was stored. */
export function checkText(text: string): string {
  if (text.isWellFormed()) return text
  throw invalidValue('text', `${JSON.stringify(text.slice(0, 80))} holds half a character`)
}
