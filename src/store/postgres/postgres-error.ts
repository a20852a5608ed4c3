import { isHoldfastError, messageOf } from '../../base/errors.ts'
import { isRecord } from '../../base/json.ts'
import { invalidValue, storeUnavailable } from '../shared/store-error.ts'

/** Where nothing more is known, the network or the server is to blame. */
const look = 'Check that the server runs and can be reached at that address'

/** Codes of Node's sockets and resolver that ask for a different way out. */
const wayOutBySystemCode: Readonly<Record<string, string>> = {
  ECONNREFUSED: `nobody listens there. ${look}`,
  ENOTFOUND: 'the host has no address. Correct the host in the connection string',
  EAI_AGAIN: 'the host cannot be looked up. Check the name service',
  ENOENT: 'there is no such socket. Correct the connection string',
}

/** SQLSTATE codes (https://www.postgresql.org/docs/current/errcodes-appendix.html), exact or a class. */
const wayOutByState: Readonly<Record<string, string>> = {
  '08': `the connection was lost. ${look}`,
  '25006': 'it takes no writes, as a standby does not. Connect to the primary server',
  '28': 'it refuses the user or the password. Correct the connection string',
  '3D000': 'there is no such database. Create it, or correct the connection string',
  '3F000': 'its schema has been dropped. Restore it, or open the store again for an empty one',
  '40': 'other writers were in the way too often. Try again',
  '42501':
    'the user may not do this. Grant it the rights on the schema, and CREATE on the database for the first opening',
  '42P01': 'a table of it has been dropped. Restore it from a backup',
  '53100': 'the disk of the server is full. Free some space',
  '53300':
    'the server has no connection left. Lower maxConnections, or raise the limit of the server',
  '55P03': 'another session has held a lock for too long. Find it in pg_stat_activity, and end it',
  '57P': `the server is shutting down or starting up. ${look}`,
}

/** SQLSTATE classes that are the fault of the value that was to be stored: data, constraint, too long. */
const refusedValueStates = ['22', '23', '54']

/**
 * What the driver threw, in the words of the closed family: STORE_UNAVAILABLE with the address and the
 * way out, or INVALID_INPUT where the value is to blame. What is of the family already is returned as
 * it is.
 */
export function toStoreError(location: string, thrown: unknown): unknown {
  if (isHoldfastError(thrown)) return thrown
  const state = sqlState(thrown)
  if (state !== undefined) {
    if (refusedValueStates.some((refused) => state.startsWith(refused))) {
      return invalidValue('value', messageOf(thrown), thrown)
    }
    const known = [state, state.slice(0, 3), state.slice(0, 2)].find((key) => key in wayOutByState)
    const wayOut =
      wayOutByState[known ?? ''] ?? `Postgres reports ${state}: ${messageOf(thrown)}. Check its log`
    return storeUnavailable(location, wayOut, thrown)
  }
  const systemCode = isRecord(thrown) && typeof thrown.code === 'string' ? thrown.code : ''
  const wayOut = wayOutBySystemCode[systemCode] ?? `${messageOf(thrown) || systemCode}. ${look}`
  return storeUnavailable(location, wayOut, thrown)
}

/** The SQLSTATE of an error that the server has sent; undefined for any other. */
export function sqlState(thrown: unknown): string | undefined {
  if (!isRecord(thrown) || typeof thrown.severity !== 'string') return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}

/** The server has chosen this transaction to give way; made again, it may succeed. */
export function isConflict(thrown: unknown): boolean {
  const state = sqlState(thrown)
  return state === '40001' || state === '40P01'
}

/** The value is there already that the constraint of that name lets in once. */
export function violates(thrown: unknown, constraint: string): boolean {
  return sqlState(thrown) === '23505' && isRecord(thrown) && thrown.constraint === constraint
}
