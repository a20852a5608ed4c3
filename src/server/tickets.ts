import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { HoldfastError } from '../base/errors.ts'
import { isRecord } from '../base/json.ts'
import type { TicketGrant, TicketStore } from '../store/ticket-store.ts'

/** A ticket as it is handed out: the one time that its text is there. */
export interface Ticket {
  readonly ticket: string
  readonly expiresAtMs: number
  readonly grant: TicketGrant
}

/** Time for a page to load and connect, and little for whoever finds the address in a log. */
const defaultExpiresInMs = 30_000
const longestExpiresInMs = 5 * 60_000

const longestIdChars = 200

const grantKeys = ['answerId', 'conversationId', 'userId'] as const

/**
 * Makes a ticket for what the body of a request names: at least one of `answerId`, `conversationId` and
 * `userId`, and `expiresInMs` where it is not to be 30 s.
 *
 * @throws INVALID_INPUT
 */
export async function issueTicket(
  body: unknown,
  { tickets, clock }: { readonly tickets: TicketStore; readonly clock: Clock },
): Promise<Ticket> {
  const { grant, expiresInMs } = readRequest(body)
  const ticket = randomBytes(32).toString('base64url')
  const expiresAtMs = Math.round(clock.now() + expiresInMs)
  await tickets.put({ digest: digestOf(ticket), grant, expiresAtMs })
  return { ticket, expiresAtMs, grant }
}

/** What a ticket grants, once: undefined where it is unknown, was used, or has expired. */
export async function redeemTicket(
  ticket: string,
  { tickets, clock }: { readonly tickets: TicketStore; readonly clock: Clock },
): Promise<TicketGrant | undefined> {
  return tickets.take(digestOf(ticket), clock.now())
}

function digestOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('hex')
}

function readRequest(body: unknown): { grant: TicketGrant; expiresInMs: number } {
  if (!isRecord(body)) throw invalid('(root)', 'The body has to be an object.')
  const { expiresInMs = defaultExpiresInMs } = body
  const isTime =
    typeof expiresInMs === 'number' && expiresInMs >= 1 && expiresInMs <= longestExpiresInMs
  if (!isTime) {
    throw invalid('expiresInMs', `expiresInMs has to be a number from 1 to ${longestExpiresInMs}.`)
  }
  const grant: Partial<Record<(typeof grantKeys)[number], string>> = {}
  for (const key of grantKeys) {
    const id = body[key]
    if (id === undefined) continue
    if (typeof id !== 'string' || id === '' || id.length > longestIdChars) {
      throw invalid(key, `${key} has to be a text of 1 to ${longestIdChars} characters.`)
    }
    grant[key] = id
  }
  if (Object.keys(grant).length === 0) {
    throw invalid('(root)', `A ticket is for something: name ${grantKeys.join(', ')}, or several.`)
  }
  return { grant, expiresInMs }
}

function invalid(path: string, message: string): HoldfastError<'INVALID_INPUT'> {
  return new HoldfastError('INVALID_INPUT', message, { issues: [{ path, message }] })
}
