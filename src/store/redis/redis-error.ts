import { isHoldfastError, messageOf } from '../../base/errors.ts'
import { storeUnavailable } from '../shared/store-error.ts'

const look = 'Check that Redis runs and can be reached at that address'

/** By the word that Redis begins its error with (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
const wayOutByReply: Readonly<Record<string, string>> = {
  NOAUTH: 'it wants a password. Add it to the connection string',
  WRONGPASS: 'it refuses the user or the password. Correct the connection string',
  NOPERM: 'the user may not do this. Grant it the commands of scripts, streams and publishing',
  OOM: 'its memory is full. Raise maxmemory, or let logs expire earlier',
  MISCONF: 'it cannot write to its disk. Free some space there',
  READONLY: 'it takes no writes, as a replica does not. Connect to the primary',
  LOADING: 'it is loading its data. Try again in a moment',
  CROSSSLOT: 'it is a cluster. Connect to a Redis with one primary',
  MOVED: 'it is a cluster. Connect to a Redis with one primary',
}

/** What the client threw, in the words of the closed family. What is of it already is returned as it is. */
export function toStoreError(location: string, thrown: unknown): unknown {
  if (isHoldfastError(thrown)) return thrown
  const message = messageOf(thrown)
  const wayOut = wayOutByReply[message.split(' ', 1)[0] ?? ''] ?? `${message}. ${look}`
  return storeUnavailable(location, wayOut, thrown)
}
