import { messageOf } from '../../base/errors.ts'
import { isRecord } from '../../base/json.ts'
import { invalidValue } from './store-error.ts'

/**
 * The JSON text of a value, checked with the guard that reads it back, so that nothing is stored that
 * could not be read. `what` names the value in the INVALID_INPUT that is thrown otherwise.
 */
export function encodeJson(
  value: unknown,
  what: string,
  isShape: (value: unknown) => boolean = () => true,
): string {
  if (!isShape(value)) {
    throw invalidValue(what, `${outline(value)} does not have the shape of one; compare its type`)
  }
  const text = stringify(value, what)
  if (text === undefined) throw invalidValue(what, `${typeof value} is not JSON`)
  return text
}

/** What a value consists of, without its contents, which may be private: `{ role: string }`. */
function outline(value: unknown): string {
  if (!isRecord(value)) return value === null ? 'null' : typeof value
  const facts = Object.entries(value).map(([key, fact]) => `${key}: ${typeof fact}`)
  const shown = facts.slice(0, mostFacts).join(', ')
  return facts.length > mostFacts ? `{ ${shown}, … }` : `{ ${shown} }`
}

const mostFacts = 12

/** JSON.stringify with its true type: undefined for undefined, functions and symbols. */
function stringify(value: unknown, what: string): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (error) {
    throw invalidValue(what, messageOf(error), error)
  }
}
