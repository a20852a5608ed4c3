import type { IncomingMessage } from 'node:http'
import { HoldfastError } from '../base/errors.ts'

/** Tells whose a request is, by what it bears: a cookie of a session, a token. Undefined: nobody's. */
export type KnownUser = (
  request: IncomingMessage,
) => string | undefined | Promise<string | undefined>

/**
 * The user behind a request; undefined where the server knows no users, and all that bear its key
 * share everything.
 *
 * @throws FORBIDDEN where it knows its users and this is none.
 */
export async function userOf(
  request: IncomingMessage,
  knownUser: KnownUser | undefined,
): Promise<string | undefined> {
  if (!knownUser) return undefined
  const userId = await knownUser(request)
  if (userId !== undefined) return userId
  throw new HoldfastError('FORBIDDEN', 'The request does not say whose it is. Sign in first.', {
    kind: 'user',
    id: '',
  })
}
