import type { IncomingMessage } from 'node:http'
import type { HoldfastParts } from '../app/holdfast.ts'
import type { Clock } from '../base/clock.ts'
import { HoldfastError } from '../base/errors.ts'
import { describeTarget, kindOf, type LiveTarget } from '../live/live-target.ts'
import type { TicketGrant } from '../store/ticket-store.ts'
import type { Access } from './access.ts'
import { redeemTicket } from './tickets.ts'

/** What a request may follow and cancel: everything with the key of the API, else what its ticket grants. */
export type LiveRights = 'all' | TicketGrant

/** Reads what a request may follow; undefined where it bears neither a key nor a ticket that holds. */
export async function rightsOf(
  request: IncomingMessage,
  url: URL,
  { app, clock, access }: RightsOptions,
): Promise<LiveRights | undefined> {
  const ticket = url.searchParams.get('ticket')
  // A ticket counts for what it says, also where the page could do more without it.
  if (ticket !== null) return redeemTicket(ticket, { tickets: app.tickets, clock })
  return access.allows(request) ? 'all' : undefined
}

export interface RightsOptions {
  readonly app: Pick<HoldfastParts, 'tickets'>
  readonly clock: Clock
  readonly access: Access
}

/**
 * Whether somebody with these rights may follow the target; asked at every subscribe, since an id is not
 * a credential and a conversation may have changed its owner.
 *
 * @throws NOT_FOUND for an unknown answer, to whoever may know that; FORBIDDEN otherwise.
 */
export async function checkRights(
  app: Pick<HoldfastParts, 'answers' | 'conversations'>,
  rights: LiveRights,
  target: LiveTarget,
): Promise<void> {
  if (rights === 'all') {
    if ('answerId' in target && !(await app.answers.get(target.answerId))) throw notFound(target)
    return
  }
  if (!(await isGranted(app, rights, target))) throw forbidden(target)
}

async function isGranted(
  app: Pick<HoldfastParts, 'answers' | 'conversations'>,
  grant: TicketGrant,
  target: LiveTarget,
): Promise<boolean> {
  if ('userId' in target) return target.userId === grant.userId
  // What all visitors ask is for whoever holds the key.
  if ('pipeline' in target) return false
  if ('conversationId' in target) return ownsConversation(app, grant, target.conversationId)
  const record = await app.answers.get(target.answerId)
  if (!record) return false
  if (record.id === grant.answerId) return true
  return record.conversationId !== undefined && ownsConversation(app, grant, record.conversationId)
}

async function ownsConversation(
  { conversations }: Pick<HoldfastParts, 'conversations'>,
  grant: TicketGrant,
  conversationId: string,
): Promise<boolean> {
  if (conversationId === grant.conversationId) return true
  if (grant.userId === undefined) return false
  return (await conversations.ownerOf(conversationId)) === grant.userId
}

function notFound(target: LiveTarget): HoldfastError<'NOT_FOUND'> {
  return new HoldfastError('NOT_FOUND', `There is no ${describeTarget(target)}.`, kindOf(target))
}

function forbidden(target: LiveTarget): HoldfastError<'FORBIDDEN'> {
  return new HoldfastError(
    'FORBIDDEN',
    `The ticket does not allow to follow ${describeTarget(target)}, or there is no such thing.`,
    kindOf(target),
  )
}
