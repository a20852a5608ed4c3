import { messageOf } from '../../base/errors.ts'
import { isRecord } from '../../base/json.ts'
import { invalidValue, storeUnavailable } from '../shared/store-error.ts'

const locked =
  'another process has held its lock for too long. Find what keeps a transaction open, such as a backup or a database browser, and close it'

/** SQLite's primary result codes that ask for a different way out (https://sqlite.org/rescode.html). */
const wayOutByResultCode: Readonly<Record<number, string>> = {
  5: locked,
  6: locked,
  8: 'it cannot be written. Give the process write access to the file and to its folder',
  10: 'the disk reported an error. Check the disk, and that the folder is not on a network file system',
  11: 'the file is damaged. Restore it from a backup, or move it away to begin with an empty one',
  13: 'the disk is full. Free some space',
  14: 'it cannot be opened. Check that the path is a file in a folder that the process may write to',
  26: 'the file is not an SQLite database. Set another path, or move the file away',
}

/** Result codes that are the fault of the value that was to be stored: too big, constraint, mismatch. */
const refusedValueCodes: ReadonlySet<number> = new Set([18, 19, 20])

/**
 * What the driver threw, in the words of the closed family: STORE_UNAVAILABLE with the path and the
 * way out, or INVALID_INPUT where the value is to blame. What did not come from the driver is
 * returned as it is.
 */
export function toStoreError(location: string, thrown: unknown): unknown {
  if (!isRecord(thrown)) return thrown
  const code = thrown.code
  if (code === 'ERR_INVALID_STATE') {
    return storeUnavailable(location, 'it has been closed. Open it again', thrown)
  }
  // A parameter of a type that cannot be bound, which only an untyped caller can hand in.
  if (code === 'ERR_INVALID_ARG_TYPE') return invalidValue('value', messageOf(thrown), thrown)
  if (code !== 'ERR_SQLITE_ERROR' || typeof thrown.errcode !== 'number') return thrown
  const resultCode = thrown.errcode & 0xff
  if (refusedValueCodes.has(resultCode)) return invalidValue('value', messageOf(thrown), thrown)
  const wayOut =
    wayOutByResultCode[resultCode] ?? `SQLite reports: ${messageOf(thrown)}. Check the file`
  return storeUnavailable(location, wayOut, thrown)
}
